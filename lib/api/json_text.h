// JSON put together from text, so that ids, prices and stored values keep their exact form; and the answers that
// several routes share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/server.h"
#include "intake/intake.h"

namespace orders::api {

/// A JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_string(std::string_view text);
/// `object` with further members: with_members({"a":1}, "\"b\":2") is {"a":1,"b":2}.
[[nodiscard]] std::string with_members(std::string object, std::string_view members);

/// A 400 whose "errors" name the bad members or parameters.
[[nodiscard]] Reply bad_request(std::string_view detail, const std::vector<intake::Problem>& errors);
/// 503 with Retry-After for what passes by itself, else a logged 500.
[[nodiscard]] Reply failed(const Error& error);
/// 409: this daemon has no database.
[[nodiscard]] Reply no_database();

}  // namespace orders::api
