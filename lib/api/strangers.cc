#include "api/strangers.h"

#include <algorithm>
#include <string_view>

#include "api/access.h"
#include "base/address.h"
#include "base/bytes.h"

namespace orders::api {
namespace {

/// Of the Internet's, not of a machine beside us; and no address, which nobody can make point elsewhere.
bool is_anybodys_name(const std::string& host) {
  const bool has_letters = std::ranges::any_of(host, [](char c) { return c >= 'a' && c <= 'z'; });
  return has_letters && host.find('.') != std::string::npos && host.find(':') == std::string::npos;
}

bool is_of(std::string_view origin, const std::string& host) {
  return origin == "http://" + host || origin == "https://" + host;
}

}  // namespace

std::optional<Reply> refused_stranger(const Request& request, const std::set<std::string>& hosts) {
  const auto header = request.header("host");
  const auto host = header ? host_in(*header) : std::nullopt;
  if (header && !header->empty() && !host) {
    return problem(400, "Bad Request", "the header Host is not a host: " + printable(*header));
  }
  const auto named = std::ranges::count(request.headers, "host", &std::pair<std::string, std::string>::first);
  if (named > 1) return problem(400, "Bad Request", "the header Host is there more than once");
  if (host && is_anybodys_name(*host) && !is_loopback(*host) && !hosts.contains(*host)) {
    return problem(421, "Misdirected Request",
                   "this daemon is not " + printable(*host) + "; if clients may call it so, add it to api.hosts");
  }
  const auto origin = request.header("origin");
  const bool changes_nothing = request.method == "GET" || request.method == "HEAD";
  if (changes_nothing || !origin || is_of(*origin, header.value_or(""))) return std::nullopt;
  return problem(403, "Forbidden", "a page of " + printable(*origin) + " may not change anything here");
}

}  // namespace orders::api
