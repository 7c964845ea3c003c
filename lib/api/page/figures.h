// What the marks of the status page show: figures of /api/status by their paths, as text for people. page.js has the
// same in its own language; tests/system/page compares the two.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orders::api::page {

using Json = nlohmann::ordered_json;

/// "/join/workers/*/tasks/*/payment/lag": all values that it leads to, where '*' is every element of an array. A path
/// without the first slash begins at `item`, and "." is `item` itself. What is not there leads nowhere.
[[nodiscard]] std::vector<const Json*> values_at(const Json& document, const Json& item, std::string_view path);

/// Of all figures at `paths`, which are separated by blanks; nothing where one is not known (null) or none is there.
[[nodiscard]] std::optional<std::int64_t> sum_of(const Json& document, const Json& item, std::string_view paths);

/// An element of the page: its text, and the word by which style.css colours it, which may be empty.
struct Figure {
  std::string text;
  std::string is;
};

/// Documents to tell a rate from.
struct Documents {
  const Json& now;
  const Json* before = nullptr;  ///< null: there is none, and no rate is known
  double seconds = 0;            ///< between the two
};

/// `format`: text, count, rate (a second), flow (whether that is above 0), state, holds, ms, time, uptime. What is not
/// known shows as "–".
[[nodiscard]] Figure figure(const Documents& documents, const Json& item, std::string_view paths,
                            std::string_view format);

}  // namespace orders::api::page
