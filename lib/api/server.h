// HTTP/JSON over a Unix socket: the server's side. libmicrohttpd does HTTP; this routes and answers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

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
};

struct ServerOptions {
  std::string socket;  ///< path; an abandoned socket file is replaced, one in use is `refused`
  /// Handlers that run at once. They mostly wait (for a commit, for the database), so more of them than processors.
  unsigned threads = 16;
  std::size_t body_limit = 16u << 20;
};

class Server {
 public:
  [[nodiscard]] static Result<Server> start(const ServerOptions& options, std::vector<Route> routes);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  /// Stops listening, finishes what is under way, removes the socket file.
  ~Server();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace orders::api
