// The daemon's listening TCP socket.
#pragma once

#include <string>

#include "api/fd.h"
#include "base/address.h"
#include "base/result.h"

namespace orders::api {

/// Bound and listening; closed with the object.
class TcpListener {
 public:
  /// `address` is host:port or [host]:port; port 0 is any that is free. Of a name that has several addresses, the first
  /// that can be listened at; [::] is for IPv4, too. `refused`: another process has the port; `wait`: the name can't be
  /// resolved, or no interface has the address, at the moment; `invalid`: it can't be.
  [[nodiscard]] static Result<TcpListener> open(const std::string& address);

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// With the port that it has.
  [[nodiscard]] const HostPort& address() const { return address_; }

 private:
  TcpListener(Fd fd, HostPort address) : fd_(std::move(fd)), address_(std::move(address)) {}
  Fd fd_;
  HostPort address_;
};

}  // namespace orders::api
