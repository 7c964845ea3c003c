// HTTP over the daemon's Unix socket, or over TCP: the client's side.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace orders::api {

struct Response {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  [[nodiscard]] std::optional<std::string_view> header(std::string_view lower_case_name) const;
};

/// Where the daemon is: at its Unix socket, or at a URL.
struct Target {
  std::string socket;
  std::string url;      ///< https://host:port, or http:// on loopback; empty: the socket
  std::string token;    ///< for the URL
  std::string ca_file;  ///< certificates, PEM, that are trusted; empty: the system's
  /// For people.
  [[nodiscard]] const std::string& where() const { return url.empty() ? socket : url; }
};

/// One thread; keeps its connection alive between requests.
class Client {
 public:
  explicit Client(std::string socket_path);
  explicit Client(Target target);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// `path` begins with '/' and may have a query (percent-encoded: see query()). `wait` when the daemon can't be
  /// reached or the answer does not come whole within `timeout`; the message says whether the request may have been
  /// seen. `invalid` when its certificate is not trusted: nothing was sent then.
  [[nodiscard]] Result<Response> get(std::string_view path, Milliseconds timeout);
  [[nodiscard]] Result<Response> post(std::string_view path, std::string_view body, std::string_view content_type,
                                      const std::vector<std::pair<std::string, std::string>>& headers,
                                      Milliseconds timeout);
  /// For what may be done twice: on a kept connection that turns out to be dead it is sent again.
  [[nodiscard]] Result<Response> put(std::string_view path, std::string_view body, std::string_view content_type,
                                     Milliseconds timeout);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// "?after=5&limit=10" from pairs; empty for none.
[[nodiscard]] std::string query(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace orders::api
