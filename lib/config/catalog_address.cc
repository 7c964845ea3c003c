#include "config/catalog_address.h"

#include <algorithm>

#include "base/address.h"

namespace orders::config {
namespace {

/// Host and port as they stand there, without scheme, user and password.
std::string_view host_part(std::string_view address) {
  auto part = address.substr(address.find("://") + 3);
  part = part.substr(0, part.find_first_of("/?"));
  return part.substr(part.rfind('@') + 1);  // npos + 1 is 0
}

std::optional<HostPort> host_and_port(std::string_view address) {
  const auto part = host_part(address);
  if (auto given = parse_host_port(part)) return given;
  return parse_host_port(std::string(part) + ":80");
}

bool has_only_the_placeholder(std::string_view address) {
  const auto at = address.find(code_placeholder);
  if (at == std::string_view::npos) return address.find_first_of("{}") == std::string_view::npos;
  const auto before = address.substr(0, at), behind = address.substr(at + code_placeholder.size());
  return before.find_first_of("{}") == std::string_view::npos && behind.find_first_of("{}") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> flaw_of_catalog_address(std::string_view address) {
  if (!address.starts_with("http://") && !address.starts_with("https://")) {
    return "must begin with http:// or https://";
  }
  if (!std::ranges::all_of(address, [](char c) { return c > ' ' && c <= '~'; }) ||
      address.find('#') != std::string_view::npos) {
    return "must be visible ASCII characters without '#': percent-encode others";
  }
  if (!has_only_the_placeholder(address) || host_part(address).find('{') != std::string_view::npos) {
    return "may have {code} once, behind the host, and no other braces";
  }
  const auto host = host_and_port(address);
  if (!host || host->port == 0) {
    return "must name a host, such as http://catalog:8080/api/products/{code}";
  }
  return std::nullopt;
}

std::string host_of_catalog(std::string_view address) {
  const auto host = host_and_port(address);
  return host ? host->host : std::string();
}

}  // namespace orders::config
