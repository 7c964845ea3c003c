// Hosts and ports as people write them, and as sockets have them.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orders {

struct HostPort {
  std::string host;  ///< a name or an address; IPv6 without brackets
  std::uint16_t port = 0;
};

/// "host:port" or "[host]:port", ports from 0 on; nothing for anything else.
[[nodiscard]] std::optional<HostPort> parse_host_port(std::string_view text);
/// The other way round.
[[nodiscard]] std::string to_string(const HostPort& address);

/// "localhost", or an address of the loopback network. No name is looked up.
[[nodiscard]] bool is_loopback(std::string_view host);

/// The one form in which hosts can be compared: addresses as inet_ntop() writes them (IPv4 that is mapped into IPv6 as
/// IPv4), names in lower case without the final dot.
[[nodiscard]] std::string canonical_host(std::string_view host);

/// Of an IPv4 or IPv6 address, the host in its canonical form; nothing for other families. `address` may be null.
[[nodiscard]] std::optional<HostPort> host_port_of(const sockaddr* address);

}  // namespace orders
