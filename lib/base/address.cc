#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include "base/bytes.h"

namespace orders {
namespace {

constexpr std::int64_t highest_port = 65'535;

std::string text_of(const in_addr& address) {
  char text[INET_ADDRSTRLEN] = "";
  return inet_ntop(AF_INET, &address, text, sizeof text);
}

std::string text_of(const in6_addr& address) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr mapped{};
    std::memcpy(&mapped, address.s6_addr + 12, sizeof mapped);
    return text_of(mapped);
  }
  char text[INET6_ADDRSTRLEN] = "";
  return inet_ntop(AF_INET6, &address, text, sizeof text);
}

}  // namespace

std::optional<HostPort> parse_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_int64(text.substr(colon + 1));
  if (!port || *port < 0 || *port > highest_port) return std::nullopt;
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of(" \t/[]@") != std::string_view::npos) return std::nullopt;
  if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
  return HostPort{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::string to_string(const HostPort& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  const std::string text(host);
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, text.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

std::string canonical_host(std::string_view host) {
  std::string text(host);
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return text_of(four);
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) == 1) return text_of(six);
  if (text.ends_with('.')) text.pop_back();
  return lower_case(text);
}

std::optional<HostPort> host_port_of(const sockaddr* address) {
  if (address != nullptr && address->sa_family == AF_INET) {
    const auto* four = reinterpret_cast<const sockaddr_in*>(address);
    return HostPort{text_of(four->sin_addr), ntohs(four->sin_port)};
  }
  if (address != nullptr && address->sa_family == AF_INET6) {
    const auto* six = reinterpret_cast<const sockaddr_in6*>(address);
    return HostPort{text_of(six->sin6_addr), ntohs(six->sin6_port)};
  }
  return std::nullopt;
}

}  // namespace orders
