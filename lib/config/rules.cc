#include "config/rules.h"

#include <sys/un.h>

#include <algorithm>

#include "base/address.h"
#include "base/bytes.h"

namespace orders::config::rules {
namespace {

constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
constexpr std::size_t longest_name = 249;  // org.apache.kafka.common.internals.Topic
constexpr const char* name_expected = "1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-', and not '.' or '..'";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// host, host:port, [::1]:port, and librdkafka's PROTOCOL://host:port.
bool is_broker(std::string_view broker) {
  if (const auto scheme = broker.find("://"); scheme != std::string_view::npos) broker.remove_prefix(scheme + 3);
  if (broker.empty() || broker.find_first_of(" \t/") != std::string_view::npos) return false;
  if (broker.find(':') == std::string_view::npos) return true;
  const auto address = parse_host_port(broker);
  return address && address->port > 0;
}

bool are_brokers(std::string_view list) { return !list.empty() && std::ranges::all_of(items_of(list), is_broker); }

bool is_host(std::string_view host) {
  return !host.empty() && host.find_first_of(" \t/[]@") == std::string_view::npos &&
         !parse_host_port(host);  // a port would never match
}

bool are_hosts(std::string_view list) { return std::ranges::all_of(items_of(list), is_host); }

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

std::optional<std::string> host_of_url(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    const auto address = parse_host_port(url.substr(scheme.size()));
    if (address && address->port > 0) return address->host;
  }
  return std::nullopt;
}

std::vector<std::string_view> items_of(std::string_view list) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    const bool more = list.find(',') != std::string_view::npos;
    items.push_back(trimmed(take_until(list, ',')));
    if (more && list.empty()) items.emplace_back();  // behind a comma at the end
  }
  return items;
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
          [](std::string_view text) { return text.empty() || parse_host_port(text).has_value(); }};
}

kinds::Rule api_url() {
  return {"https://host:port", [](std::string_view text) { return text.empty() || host_of_url(text).has_value(); }};
}

kinds::Rule hosts() { return {"names or addresses without ports, separated by commas", are_hosts}; }

kinds::Rule database_url() {
  return {"postgresql://user@host/database, or host=... dbname=... as libpq takes it", is_database_url};
}

}  // namespace orders::config::rules
