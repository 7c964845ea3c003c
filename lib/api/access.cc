#include "api/access.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/address.h"
#include "base/bytes.h"

namespace orders::api {
namespace {

constexpr std::chrono::seconds telling_interval{10};

/// What follows `scheme`, in any case; nothing for another one.
std::optional<std::string_view> behind(std::string_view scheme, std::string_view header) {
  if (lower_case(header.substr(0, scheme.size())) != scheme) return std::nullopt;
  header.remove_prefix(std::min(header.find_first_not_of(' ', scheme.size()), header.size()));
  return header;
}

/// The password of HTTP Basic (RFC 7617); the user may have any name.
std::optional<std::string> password_in(std::string_view header) {
  const auto encoded = behind("basic ", header);
  const auto text = encoded ? decode_base64(*encoded) : std::nullopt;
  const auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return text->substr(colon + 1);
}

std::optional<std::string> token_in(std::string_view header, bool basic) {
  if (const auto bearer = behind("bearer ", header)) return std::string(*bearer);
  return basic ? password_in(header) : std::nullopt;
}

/// How long it takes depends on the length of `shown` alone, so that nobody finds the token byte by byte.
bool same(std::string_view shown, std::string_view token) {
  std::size_t differences = shown.size() ^ token.size();
  for (std::size_t i = 0; i < shown.size(); ++i) {
    differences |= static_cast<std::size_t>(static_cast<unsigned char>(shown[i] ^ token[i % token.size()]));
  }
  return differences == 0;
}

}  // namespace

std::optional<std::string> host_in(const std::string& header) {
  auto address = parse_host_port(header);
  if (!address) address = parse_host_port(header + (header.ends_with(':') ? "0" : ":0"));
  if (!address) return std::nullopt;
  return canonical_host(address->host);
}

Access::Access(std::string token, const std::set<std::string>& hosts, Refusals& refusals) : refusals_(refusals) {
  (void)renew(std::move(token), hosts);
}

bool Access::renew(std::string token, const std::set<std::string>& hosts) {
  const std::lock_guard lock(mutex_);
  hosts_.clear();
  for (const auto& host : hosts) hosts_.insert(canonical_host(host));
  return std::exchange(token_, token) != token;
}

std::optional<Reply> Access::refused(const Request& request, const Ends& ends, Route::Basic basic) {
  if (auto reply = wrong_host(request, ends)) {
    tell(*reply, Refusals::Why::host, ends);
    return reply;
  }
  const bool changes_nothing = request.method == "GET" || request.method == "HEAD";
  auto reply = wrong_token(request, changes_nothing ? basic : Route::Basic::refused);
  if (reply) tell(*reply, Refusals::Why::token, ends);
  return reply;
}

std::optional<Reply> Access::wrong_host(const Request& request, const Ends& ends) const {
  const auto named = std::ranges::count(request.headers, "host", &std::pair<std::string, std::string>::first);
  if (named != 1) return problem(400, "Bad Request", "a request over TCP needs the header Host, once");
  const auto header = *request.header("host");
  const auto host = host_in(header);
  if (!host) return problem(400, "Bad Request", "the header Host is not a host: " + printable(header));
  const std::lock_guard lock(mutex_);
  const bool ours = *host == ends.ours || hosts_.contains(*host) || (is_loopback(*host) && is_loopback(ends.ours));
  if (ours) return std::nullopt;
  return problem(421, "Misdirected Request",
                 "this daemon is not " + printable(*host) + "; if clients may call it so, add it to api.hosts");
}

std::optional<Reply> Access::wrong_token(const Request& request, Route::Basic basic) const {
  const auto header = request.header("authorization");
  const auto shown = header ? token_in(*header, basic != Route::Basic::refused) : std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    if (shown && same(*shown, token_)) return std::nullopt;
  }
  auto reply = problem(401, "Unauthorized",
                       shown ? "the token is not the one of this daemon (api.token_file)"
                             : "over TCP a token is needed: Authorization: Bearer TOKEN");
  reply.headers.emplace_back("WWW-Authenticate",
                             shown ? R"(Bearer realm="ordersd", error="invalid_token")" : R"(Bearer realm="ordersd")");
  if (basic == Route::Basic::asked_for) {
    reply.headers.emplace_back("WWW-Authenticate", R"(Basic realm="ordersd: any name, the token as password")");
  }
  return reply;
}

void Access::tell(const Reply& reply, Refusals::Why why, const Ends& ends) {
  const auto total = refusals_.count(why);
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_telling_) return;
    next_telling_ = now + telling_interval;
  }
  spdlog::warn("api: a request from {} is refused with {}, for its {} ({} since the start)", ends.peer, reply.status,
               why == Refusals::Why::host ? "Host" : "token", total);
}

}  // namespace orders::api
