// JSON taken apart without changing a byte: what the daemon or a record holds is shown and compared as it came, and a
// price never becomes a binary float.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orders::ctl::raw_json {

// The text must be JSON (is_json). Each answers with nothing when the value is of another kind.

/// (decoded name, raw value) in their order.
[[nodiscard]] std::vector<std::pair<std::string, std::string_view>> members(std::string_view object);
[[nodiscard]] std::optional<std::string_view> member(std::string_view object, std::string_view name);
[[nodiscard]] std::vector<std::string_view> elements(std::string_view array);

/// For people: a string without its quotes, null as nothing, anything else as it stands.
[[nodiscard]] std::string text(std::string_view value);
/// text(member), empty where there is none.
[[nodiscard]] std::string text(std::string_view object, std::string_view name);
[[nodiscard]] std::optional<std::int64_t> integer(std::string_view object, std::string_view name);
[[nodiscard]] bool is_true(std::string_view object, std::string_view name);

/// Over several lines, two spaces a level; numbers and strings as they stand.
[[nodiscard]] std::string pretty(std::string_view value);
/// The same value on one line: the ends of lines between its parts become spaces.
[[nodiscard]] std::string one_line(std::string_view value);

/// `text` as a JSON string, quotes included.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace orders::ctl::raw_json
