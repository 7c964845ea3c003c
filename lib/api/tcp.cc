#include "api/tcp.h"

#include <sys/socket.h>

#include <set>
#include <utility>

#include "base/file.h"
#include "config/rules.h"
#include "config/token.h"

namespace orders::api {
namespace {

Result<std::string> read_option(const char* option, const std::string& file) {
  auto content = read_file(file);
  if (!content) return fail(ErrorClass::invalid, std::string(option) + ": " + content.error().message);
  return content;
}

Result<Certificate> read_certificate(const config::Api& api) {
  if (api.tls_certificate.empty() && api.tls_key.empty()) return Certificate{};
  auto chain = read_option("api.tls_certificate", api.tls_certificate);
  if (!chain) return fail(chain.error());
  auto key = read_option("api.tls_key", api.tls_key);
  if (!key) return fail(key.error());
  if (auto checked = check_private(api.tls_key); !checked) {
    return fail(ErrorClass::invalid, "api.tls_key: " + checked.error().message, checked.error().hint);
  }
  return Certificate{*std::move(chain), *std::move(key)};
}

bool is_wildcard(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

/// Names by which clients may call us: an attacker's page can be made to name none of them.
std::set<std::string> hosts_of(const config::Api& api) {
  std::set<std::string> hosts;
  for (const auto host : config::rules::items_of(api.hosts)) hosts.emplace(host);
  const auto listen = parse_host_port(api.listen);
  if (listen && !is_wildcard(canonical_host(listen->host))) hosts.insert(listen->host);
  return hosts;
}

}  // namespace

Result<std::unique_ptr<Tcp>> Tcp::open(const config::Api& api, Refusals& refusals) {
  auto token = config::read_token(api.token_file);
  if (!token) return fail(token.error());
  auto certificate = read_certificate(api);
  if (!certificate) return fail(certificate.error());
  auto listener = TcpListener::open(api.listen);
  if (!listener) return fail(listener.error());
  if (certificate->key.empty() && !is_loopback(listener->address().host)) {
    return fail(ErrorClass::invalid, "api.listen: " + listener->address().host + " is not loopback and needs TLS",
                "set api.tls_certificate and api.tls_key");
  }
  return std::unique_ptr<Tcp>(
      new Tcp(*std::move(listener), *std::move(certificate), *std::move(token), api, refusals));
}

Tcp::Tcp(TcpListener listener, Certificate certificate, std::string token, const config::Api& api, Refusals& refusals)
    : listener_(std::move(listener)),
      certificate_(std::move(certificate)),
      access_(std::move(token), hosts_of(api), refusals) {}

std::string Tcp::url() const { return (certificate() == nullptr ? "http://" : "https://") + to_string(address()); }

// Not close(): a thread of libmicrohttpd may still poll it.
void Tcp::stop_listening() { (void)::shutdown(fd(), SHUT_RDWR); }

}  // namespace orders::api
