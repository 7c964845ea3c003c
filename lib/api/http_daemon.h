// libmicrohttpd over one listening socket, with or without TLS.
#pragma once

#include <microhttpd.h>

#include <memory>
#include <optional>
#include <string>

#include "api/fd.h"
#include "base/result.h"
#include "base/time.h"

namespace orders::api {

/// PEM; empty: without TLS.
struct Certificate {
  std::string chain;
  std::string key;
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

struct HttpOptions {
  int socket = -1;                       ///< bound and listening
  const Certificate* tls = nullptr;      ///< null: none; must outlive the daemon
  unsigned connections_of_one_peer = 0;  ///< 0: no limit
  Milliseconds idle{60'000};             ///< a connection on which nothing moves for so long is closed
  void* self = nullptr;                  ///< first argument of the callbacks, which come from several threads
  MHD_AccessHandlerCallback on_request = nullptr;
  void* (*on_uri)(void* self, const char* uri, MHD_Connection*) = nullptr;
  MHD_NotifyConnectionCallback on_connection = nullptr;
  MHD_RequestCompletedCallback on_completed = nullptr;
};

class HttpDaemon {
 public:
  /// `invalid` where the certificate or its key is to blame.
  [[nodiscard]] static Result<HttpDaemon> start(const HttpOptions& options);
  /// Takes no more connections; requests go on. Once.
  void quiesce();
  /// How many there are now. It may be destroyed when there are none, and after quiesce() there come none.
  [[nodiscard]] unsigned connections() const;

 private:
  struct Stop {
    void operator()(MHD_Daemon* daemon) const { MHD_stop_daemon(daemon); }
  };
  explicit HttpDaemon(MHD_Daemon* daemon) : daemon_(daemon) {}

  std::optional<Fd> left_;  ///< its copy of the socket, which is ours after quiesce()
  std::unique_ptr<MHD_Daemon, Stop> daemon_;
};

}  // namespace orders::api
