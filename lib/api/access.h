// Who may ask over TCP: what has the token, and is addressed to us.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "api/refusals.h"
#include "api/server.h"

namespace orders::api {

/// The host of "host", "host:", "host:port", "[::1]" or "[::1]:port", in its canonical form (base/address.h).
[[nodiscard]] std::optional<std::string> host_in(const std::string& header);

/// The two ends of a connection, without ports, in their canonical form (base/address.h).
struct Ends {
  std::string peer;
  std::string ours;  ///< the address that the client has connected to
};

/// Any thread.
class Access {
 public:
  /// `hosts`: names by which clients may call us, beside the address that they connect to.
  Access(std::string token, const std::set<std::string>& hosts, Refusals& refusals);

  /// The answer to who is not let in: 400 or 421 for the header Host, 401 for the token. Counted; logged at most every
  /// ten seconds. `basic`: of the request's route.
  [[nodiscard]] std::optional<Reply> refused(const Request& request, const Ends& ends,
                                             Route::Basic basic = Route::Basic::refused);
  /// Others from now on. True: the token is another one.
  bool renew(std::string token, const std::set<std::string>& hosts);

 private:
  /// A page in a browser on this machine or beside it can make its own name point to our address (DNS rebinding), but
  /// then the browser says that name.
  [[nodiscard]] std::optional<Reply> wrong_host(const Request& request, const Ends& ends) const;
  [[nodiscard]] std::optional<Reply> wrong_token(const Request& request, Route::Basic basic) const;
  void tell(const Reply& reply, Refusals::Why why, const Ends& ends);

  Refusals& refusals_;
  mutable std::mutex mutex_;  ///< of what follows
  std::string token_;
  std::set<std::string> hosts_;
  std::chrono::steady_clock::time_point next_telling_{};
};

}  // namespace orders::api
