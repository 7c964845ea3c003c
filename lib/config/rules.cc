#include "config/rules.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>

#include "base/bytes.h"

namespace orders::config::rules {
namespace {

constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
constexpr std::size_t longest_name = 249;  // org.apache.kafka.common.internals.Topic
constexpr const char* name_expected = "1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-', and not '.' or '..'";

bool is_port(std::string_view text) {
  const auto port = parse_int64(text);
  return port && *port >= 1 && *port <= 65'535;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// host, host:port, [::1]:port, and librdkafka's PROTOCOL://host:port.
bool is_broker(std::string_view broker) {
  if (const auto scheme = broker.find("://"); scheme != std::string_view::npos) broker.remove_prefix(scheme + 3);
  if (broker.empty() || broker.find_first_of(" \t/") != std::string_view::npos) return false;
  return broker.find(':') == std::string_view::npos || host_of(broker).has_value();
}

bool are_brokers(std::string_view list) {
  for (;;) {
    const auto comma = list.find(',');
    if (!is_broker(trimmed(list.substr(0, comma)))) return false;
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

bool is_database_url(std::string_view url) {
  return url.empty() || url.starts_with("postgresql://") || url.starts_with("postgres://") ||
         (url.find('=') != std::string_view::npos && url.find("://") == std::string_view::npos);
}

bool fits_a_socket(std::string_view path) { return !path.empty() && path.size() < sizeof(sockaddr_un::sun_path); }

}  // namespace

bool is_kafka_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && text != "." && text != ".." &&
         text.find_first_not_of(name_characters) == std::string_view::npos;
}

std::optional<std::string> host_of(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos || !is_port(address.substr(colon + 1))) return std::nullopt;
  auto host = address.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of(" \t/[]@") != std::string_view::npos) return std::nullopt;
  if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
  return std::string(host);
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  const std::string text(host);
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, text.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

kinds::Rule anything() {
  return {"text", [](std::string_view) { return true; }};
}

kinds::Rule not_empty(std::string expected) {
  return {std::move(expected), [](std::string_view text) { return !text.empty(); }};
}

kinds::Rule kafka_name() { return {name_expected, is_kafka_name}; }

kinds::Rule kafka_name_or_empty() {
  return {name_expected, [](std::string_view text) { return text.empty() || is_kafka_name(text); }};
}

kinds::Rule bootstrap_servers() { return {"brokers as host:port, separated by commas", are_brokers}; }

kinds::Rule socket_path() { return {"a path of 1 to 107 bytes", fits_a_socket}; }

kinds::Rule listen_address() {
  return {"host:port, such as 127.0.0.1:8080 or [::1]:8080",
          [](std::string_view text) { return text.empty() || host_of(text).has_value(); }};
}

kinds::Rule database_url() {
  return {"postgresql://user@host/database, or host=... dbname=... as libpq takes it", is_database_url};
}

}  // namespace orders::config::rules
