// The daemon's side of TCP: its socket, its certificate, and who is let in.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "api/access.h"
#include "api/http_daemon.h"
#include "api/refusals.h"
#include "api/tcp_listener.h"
#include "config/config.h"

namespace orders::api {

class Tcp {
 public:
  /// Reads the files and listens at `api.listen`, which must not be empty. Never without a token, and beyond loopback
  /// never without TLS, whatever the configuration's own checks let pass.
  [[nodiscard]] static Result<std::unique_ptr<Tcp>> open(const config::Api& api, Refusals& refusals);

  /// What is read from files or can change with them.
  struct Credentials {
    std::string token;
    Certificate certificate;
    std::set<std::string> hosts;
  };
  /// As open() does, and as strict.
  [[nodiscard]] Result<Credentials> read(const config::Api& api) const;
  /// Requests that come from now on need this token. The certificate is for the caller to be used.
  void use(Credentials credentials);

  [[nodiscard]] int fd() const { return listener_.fd(); }
  [[nodiscard]] const HostPort& address() const { return listener_.address(); }
  /// https://127.0.0.1:8443
  [[nodiscard]] std::string url() const;
  /// Null: without TLS.
  [[nodiscard]] const Certificate* certificate() const { return certificate_.key.empty() ? nullptr : &certificate_; }
  [[nodiscard]] Access& access() { return access_; }
  /// Who connects from now on is refused by the system.
  void stop_listening();

 private:
  Tcp(TcpListener listener, Credentials credentials, Refusals& refusals);

  TcpListener listener_;
  Certificate certificate_;
  Access access_;
};

}  // namespace orders::api
