// The running daemon, as commands see it: its HTTP answers turned into bodies and errors.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/client.h"
#include "base/result.h"
#include "base/time.h"
#include "config/config.h"

namespace orders::ctl {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Problem details (RFC 9457) as an Error: each bad member, or else title and detail. The class follows the status:
/// 400s are wrong use or configuration, 404 nothing found, 429 and 503 something is away.
[[nodiscard]] Error problem_error(int status, std::string_view body);

/// Where the configuration says that the daemon is. `invalid` when the token can't be read.
[[nodiscard]] Result<api::Target> target_of(const config::Api& api);

class Daemon {
 public:
  explicit Daemon(api::Target target);

  /// Most answers come at once; this is how long one that hangs is waited for.
  static constexpr Milliseconds answer_timeout{30'000};
  /// The body of a 200, valid JSON. `what` names the thing asked for in the error of a 404: "order 42".
  [[nodiscard]] Result<std::string> get(std::string_view path, const Pairs& query, std::string_view what = {},
                                        Milliseconds timeout = answer_timeout);
  /// Any answer; an error only where there was none.
  [[nodiscard]] Result<api::Response> post(std::string_view path, std::string_view body, std::string_view content_type,
                                           const Pairs& headers);
  [[nodiscard]] Result<api::Response> put(std::string_view path, std::string_view body, std::string_view content_type);
  /// Fails with `wait` where nobody listens: then nothing was sent to anybody.
  [[nodiscard]] Result<> listening();

 private:
  [[nodiscard]] Result<> socket_listens() const;
  [[nodiscard]] Error unreachable(Error error) const;
  api::Target target_;
  api::Client client_;
};

}  // namespace orders::ctl
