#include "api/body_type.h"

#include <algorithm>

#include "base/bytes.h"

namespace orders::api {
namespace {

Reply unsupported(std::string_view detail, const char* header, const std::string& value) {
  Reply reply = problem(415, "Unsupported Media Type", detail);
  reply.headers.emplace_back(header, value);
  return reply;
}

/// "application/json" of "Application/JSON; charset=utf-8".
std::string media_type(std::string_view header) {
  auto type = take_until(header, ';');
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return lower_case(type);
}

}  // namespace

std::optional<Reply> wrong_body_type(const Route& route, const Request& request) {
  if (route.takes.empty()) return std::nullopt;
  const auto encoding = request.header("content-encoding").value_or("");
  if (!encoding.empty() && lower_case(encoding) != "identity") {
    return unsupported("the body must not be encoded, and is " + printable(encoding), "Accept-Encoding", "identity");
  }
  const auto header = request.header("content-type").value_or("");
  const auto type = media_type(header);
  if (type.empty() || std::ranges::find(route.takes, type) != route.takes.end()) return std::nullopt;
  const std::string& expected = route.takes.front();
  return unsupported("the body must be " + expected + ", and is said to be " + printable(type), "Accept", expected);
}

}  // namespace orders::api
