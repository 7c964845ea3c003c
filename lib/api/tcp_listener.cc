#include "api/tcp_listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace orders::api {
namespace {

constexpr int backlog = 128;

struct AddressesDeleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesDeleter>;

Result<Addresses> resolve(const HostPort& address) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &wanted, &found);
  if (code == 0) return Addresses(found);
  // EAI_NONAME, too: at the start of a machine names may come later than we.
  return fail(ErrorClass::wait, "api.listen: can't resolve " + address.host + ": " + ::gai_strerror(code),
              "name an address that this machine has");
}

/// Listening, or errno set.
Fd listen_at(const addrinfo& address) {
  Fd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  const int no = 0;
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // those of an earlier life may linger
  if (address.ai_family == AF_INET6) (void)::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) == 0 && ::listen(fd.get(), backlog) == 0) return fd;
  const int why = errno;
  { const Fd closed(std::move(fd)); }
  errno = why;
  return Fd(-1);
}

tl::unexpected<Error> cannot_listen(const HostPort& address, int why) {
  const auto message = "can't listen at " + to_string(address) + " (api.listen): " + std::strerror(why);
  switch (why) {
    case EADDRINUSE:
      return fail(ErrorClass::refused, message, "end the process that has the port, or choose another one");
    case EADDRNOTAVAIL:
      return fail(ErrorClass::wait, message, "no interface of this machine has that address");
    case EACCES:
      return fail(ErrorClass::invalid, message, "ports below 1024 are root's; choose another one");
    default:
      return fail(ErrorClass::invalid, message);
  }
}

HostPort address_of(const Fd& fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(fd.get(), address, &size) != 0) return {};
  return host_port_of(address).value_or(HostPort{});
}

}  // namespace

Result<TcpListener> TcpListener::open(const std::string& address) {
  const auto wanted = parse_host_port(address);
  if (!wanted) return fail(ErrorClass::invalid, "api.listen: " + address + " is not host:port");
  auto addresses = resolve(*wanted);
  if (!addresses) return fail(addresses.error());
  int why = EADDRNOTAVAIL;
  for (const addrinfo* next = addresses->get(); next != nullptr; next = next->ai_next) {
    Fd fd = listen_at(*next);
    if (fd.get() < 0) {
      why = errno;
      continue;
    }
    auto bound = address_of(fd);
    return TcpListener(std::move(fd), std::move(bound));
  }
  return cannot_listen(*wanted, why);
}

}  // namespace orders::api
