#include "ordersctl/daemon.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/json.h"
#include "config/token.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

ErrorClass class_of(int status) {
  switch (status) {
    case 404:
      return ErrorClass::not_found;
    case 429:
    case 503:
    case 504:
      return ErrorClass::wait;
    default:
      return status >= 400 && status < 500 ? ErrorClass::invalid : ErrorClass::bug;
  }
}

/// "items[0].quantity: must be at least 1", from an object or a plain string.
std::string error_line(std::string_view error) {
  if (!error.starts_with('{')) return raw_json::text(error);
  const auto member = raw_json::text(error, "member");
  const auto message = raw_json::text(error, "message");
  return member.empty() ? message : fmt::format("{}: {}", member, message);
}

}  // namespace

Error problem_error(int status, std::string_view body) {
  Error error{class_of(status), {}, {}};
  if (!is_json(body)) {
    error.message = fmt::format("the daemon answered with HTTP status {}", status);
    return error;
  }
  const auto errors = raw_json::elements(raw_json::member(body, "errors").value_or("[]"));
  const auto title = raw_json::text(body, "title");
  const auto detail = raw_json::text(body, "detail");
  if (errors.size() == 1) {
    error.message = "refused: " + error_line(errors.front());
  } else if (!errors.empty()) {
    error.message = "refused:";
    for (const auto entry : errors) error.message += "\n  " + error_line(entry);
  } else if (!detail.empty()) {
    error.message = title.empty() ? detail : title + ": " + detail;
  } else {
    error.message = title.empty() ? fmt::format("the daemon answered with HTTP status {}", status) : title;
  }
  error.hint = raw_json::text(body, "hint");
  return error;
}

Result<api::Target> target_of(const config::Api& api) {
  api::Target target{api.socket, api.url, {}, api.tls_ca};
  if (api.url.empty()) return target;
  auto token = config::read_token(api.token_file);
  if (!token) return fail(std::move(token.error()));
  target.token = *std::move(token);
  return target;
}

Daemon::Daemon(api::Target target) : target_(std::move(target)), client_(target_) {}

Result<> Daemon::listening() {
  if (target_.url.empty()) return socket_listens();
  if (auto alive = client_.get("/livez", answer_timeout); !alive) return fail(unreachable(std::move(alive.error())));
  return {};
}

Result<> Daemon::socket_listens() const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (target_.socket.size() >= sizeof address.sun_path) {
    return fail(ErrorClass::invalid, fmt::format("api.socket: {} is too long for a Unix socket", target_.socket));
  }
  std::memcpy(address.sun_path, target_.socket.data(), target_.socket.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected =
      descriptor >= 0 && ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int why = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (connected) return {};
  return fail(unreachable({ErrorClass::wait, fmt::format("ordersd can't be reached: {}", std::strerror(why)), {}}));
}

Error Daemon::unreachable(Error error) const {
  if (error.error_class == ErrorClass::wait && error.hint.empty()) {
    error.hint = fmt::format("start it, or name its configuration with --config; asked was {} ({})", target_.where(),
                             target_.url.empty() ? "api.socket" : "api.url");
  }
  return error;
}

Result<std::string> Daemon::get(std::string_view path, const Pairs& query, std::string_view what,
                                Milliseconds timeout) {
  auto response = client_.get(std::string(path) + api::query(query), timeout);
  if (!response) return fail(unreachable(std::move(response.error())));
  if (response->status == 404 && !what.empty())
    return fail(ErrorClass::not_found, fmt::format("{} is not there", what));
  if (response->status != 200) return fail(problem_error(response->status, response->body));
  if (!is_json(response->body)) {
    return fail(ErrorClass::bug, fmt::format("the daemon's answer to {} is not JSON", path),
                "do ordersctl and ordersd have the same version?");
  }
  return std::move(response->body);
}

Result<api::Response> Daemon::post(std::string_view path, std::string_view body, std::string_view content_type,
                                   const Pairs& headers) {
  auto response = client_.post(path, body, content_type, headers, answer_timeout);
  if (!response) return fail(unreachable(std::move(response.error())));
  return response;
}

Result<api::Response> Daemon::put(std::string_view path, std::string_view body, std::string_view content_type) {
  auto response = client_.put(path, body, content_type, answer_timeout);
  if (!response) return fail(unreachable(std::move(response.error())));
  return response;
}

}  // namespace orders::ctl
