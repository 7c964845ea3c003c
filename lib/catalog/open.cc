#include "base/file.h"
#include "catalog/catalog.h"
#include "catalog/file_catalog.h"
#include "catalog/http_catalog.h"
#include "config/token.h"

namespace orders::catalog {
namespace {

/// A code that nobody sells; the service may say so, or not know it.
constexpr auto probe = "ordersctl-doctor";

Result<> check_files(const config::Catalog& config) {
  if (!config.token_file.empty()) {
    if (auto token = config::read_bearer_token(config.token_file, "catalog.token_file"); !token) {
      return fail(token.error());
    }
  }
  if (config.tls_ca.empty()) return {};
  if (auto ca = read_file(config.tls_ca); !ca) {
    return fail(ErrorClass::invalid, "catalog.tls_ca: " + ca.error().message, ca.error().hint);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Catalog>> open(const config::Catalog& config, std::function<void(const Error&)> failed) {
  switch (config.backend) {
    case config::CatalogBackend::none:
      return std::unique_ptr<Catalog>();
    case config::CatalogBackend::file:
      return open_file(config.location);
    case config::CatalogBackend::http:
      if (auto checked = check_files(config); !checked) return fail(checked.error());
      return std::make_unique<HttpCatalog>(config, std::move(failed));
  }
  return fail(ErrorClass::bug, "unknown catalog backend");
}

Result<> try_service(const config::Catalog& config) {
  if (auto checked = check_files(config); !checked) return checked;
  Requests requests(config);
  requests.start(probe);
  for (;;) {
    const auto done = requests.wait(config.timeout);
    if (!done) return fail(done.error());
    if (done->empty()) continue;
    if (const auto& known = done->front().known; !known) return fail(known.error());
    return {};
  }
}

}  // namespace orders::catalog
