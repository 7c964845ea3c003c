// HTTP/JSON over a Unix socket, and over TCP if asked: the server's side. libmicrohttpd does HTTP; this routes and
// answers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/refusals.h"
#include "api/requests.h"
#include "base/result.h"
#include "base/time.h"
#include "config/config.h"

namespace orders::api {

struct Request {
  std::string method;
  std::string path;  ///< without the query, decoded
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  std::vector<std::string> captures;  ///< what the route's {…} matched
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> header(std::string_view lower_case_name) const;
};

struct Reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

/// RFC 9457 problem details.
[[nodiscard]] Reply problem(int status, std::string_view title, std::string_view detail);

/// Called from the server's handler threads, several at once. What it throws becomes a logged 500.
using Handler = std::function<Reply(const Request&)>;

struct Route {
  std::string method;
  std::string pattern;  ///< "/api/orders/{id}"
  Handler handler;
  /// Answered by the thread that reads the sockets, so that health never waits behind queries. Such a handler must not
  /// block.
  bool immediate = false;
  /// Tried first where it is set, by the same thread: answers what can be answered without blocking. Nothing: `handler`
  /// does.
  std::function<std::optional<Reply>(const Request&)> at_once{};
  /// Over TCP, answered without a token, and by whatever name the client calls us: must tell nothing.
  bool open = false;
  /// Waits for a commit that it shares with others: the more of them run at once, the more share one. They have threads
  /// of their own, so that queries don't wait behind them, nor they behind queries.
  bool commits = false;
  /// Types that its body may have; empty: it is not looked at.
  std::vector<std::string> takes{};
  /// Whether HTTP Basic does over TCP, too, with the token as the password: that is what browsers can show. They also
  /// show it for pages of somebody else, so never for what changes anything: GET and HEAD alone.
  enum class Basic : std::uint8_t {
    refused,
    taken,
    asked_for,  ///< a browser without the token asks its user
  } basic = Basic::refused;
};

/// How long things may take, so that no client holds a connection for ever, and none waits for ever.
struct TimeLimits {
  Milliseconds idle{60'000};        ///< a connection on which nothing moves at all
  Milliseconds first_line{90'000};  ///< from a connection's start, or its last answer, to a request's first line
  Milliseconds request{30'000};     ///< from there to the last byte of its body
  Milliseconds queue{20'000};       ///< for a handler thread: answered 503 when that is over, and not begun
  Milliseconds answer{120'000};     ///< to take the answer
};

struct ServerOptions {
  std::string socket;  ///< path; an abandoned socket file is replaced, one in use is `refused`
  /// Handlers that run at once. They mostly wait (for the database, say), so more of them than processors.
  unsigned threads = 16;
  std::size_t body_limit = 16u << 20;
  config::Api tcp{};              ///< of these, `listen` and what belongs to it; no TCP where that is empty
  std::size_t queue_limit = 256;  ///< requests that wait for a handler thread; further ones are answered 503
  unsigned commit_threads = 128;  ///< handlers of `Route::commits` that run at once; `queue_limit` more may wait
  TimeLimits limits{};
  std::shared_ptr<Refusals> refusals{};  ///< null: counted, and shown to nobody
  std::shared_ptr<Requests> requests{};  ///< the same
};

class Server {
 public:
  [[nodiscard]] static Result<Server> start(const ServerOptions& options, std::vector<Route> routes);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  /// Stops listening, finishes what is under way, removes the socket file.
  ~Server();

  /// Where it listens over TCP, with the port that it has; empty where it does not.
  [[nodiscard]] std::string tcp_url() const;

  /// Reads token, certificate and key anew, from where `api` says, and takes its `hosts`: for who connects or asks from
  /// now on. Requests under way go on, and connections that are there have the certificate that they began with. On an
  /// error all stays as it was. Where there is no TCP, or `api` has none any more, `hosts` alone. One thread at a time.
  [[nodiscard]] Result<> renew(const config::Api& api);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace orders::api
