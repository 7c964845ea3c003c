#include "api/tcp.h"

#include <spdlog/spdlog.h>
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

Result<Tcp::Credentials> read_credentials(const config::Api& api) {
  auto token = config::read_token(api.token_file);
  if (!token) return fail(token.error());
  auto certificate = read_certificate(api);
  if (!certificate) return fail(certificate.error());
  return Tcp::Credentials{*std::move(token), *std::move(certificate), hosts_of(api)};
}

Result<> check_tls(const HostPort& address, const Certificate& certificate) {
  if (!certificate.key.empty() || is_loopback(address.host)) return {};
  return fail(ErrorClass::invalid, "api.listen: " + address.host + " is not loopback and needs TLS",
              "set api.tls_certificate and api.tls_key");
}

}  // namespace

Result<std::unique_ptr<Tcp>> Tcp::open(const config::Api& api, Refusals& refusals) {
  auto credentials = read_credentials(api);
  if (!credentials) return fail(credentials.error());
  auto listener = TcpListener::open(api.listen);
  if (!listener) return fail(listener.error());
  if (auto fit = check_tls(listener->address(), credentials->certificate); !fit) return fail(fit.error());
  return std::unique_ptr<Tcp>(new Tcp(*std::move(listener), *std::move(credentials), refusals));
}

Tcp::Tcp(TcpListener listener, Credentials credentials, Refusals& refusals)
    : listener_(std::move(listener)),
      certificate_(std::move(credentials.certificate)),
      access_(std::move(credentials.token), credentials.hosts, refusals) {}

Result<Tcp::Credentials> Tcp::read(const config::Api& api) const {
  auto credentials = read_credentials(api);
  if (!credentials) return credentials;
  if (auto fit = check_tls(address(), credentials->certificate); !fit) return fail(fit.error());
  return credentials;
}

void Tcp::use(Credentials credentials) {
  certificate_ = std::move(credentials.certificate);
  if (access_.renew(std::move(credentials.token), credentials.hosts)) spdlog::info("api: the token is a new one");
}

std::string Tcp::url() const { return (certificate() == nullptr ? "http://" : "https://") + to_string(address()); }

// Not close(): a thread of libmicrohttpd may still poll it.
void Tcp::stop_listening() { (void)::shutdown(fd(), SHUT_RDWR); }

}  // namespace orders::api
