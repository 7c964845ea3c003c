// The service over TLS, with a token: the daemon's own server stands in for it.
#include "api/server.h"
#include "service.h"
#include "support/certificates.h"

namespace orders::catalog {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class OverTls : public Service {
 protected:
  OverTls() {
    const auto [certificate, key, keystore] = certificates_.issue("catalog");
    test::write_secret(folder_ / "token", "0123456789abcdef");
    config_.tls_ca = certificates_.ca();
    config_.token_file = folder_ / "token";
    api::ServerOptions options;
    options.socket = folder_ / "api.sock";
    options.threads = 2;
    options.tcp.listen = "127.0.0.1:0";
    options.tcp.token_file = config_.token_file;
    options.tcp.tls_certificate = certificate;
    options.tcp.tls_key = key;
    api::Route product{"GET", "/products/{code}", [](const api::Request& request) {
                         api::Reply reply;
                         reply.status = request.captures.at(0) == "mug" ? 200 : 404;
                         return reply;
                       }};
    auto started = api::Server::start(options, {product});
    if (!started) throw std::runtime_error(started.error().text());
    https_.emplace(*std::move(started));
    config_.location = https_->tcp_url() + "/products";
  }

  const test::Certificates certificates_;
  const test::TempFolder folder_{"catalog"};
  std::optional<api::Server> https_;
};

TEST_F(OverTls, IsAskedByWhoTrustsItsCertificateAndHasTheToken) {
  ASSERT_THAT(config_.location, testing::StartsWith("https://"));
  open();
  expect("mug", Standing::known);
  expect("mgu", Standing::unknown);
}

TEST_F(OverTls, IsToldNothingWithoutACertificateThatIsTrusted) {
  config_.tls_ca = certificates_.foreign_ca();
  config_.retry_attempts = 3;
  open();
  const auto error = expect_failure("mug");
  EXPECT_THAT(error.text(), AllOf(HasSubstr("no TLS with the catalog at https://"), HasSubstr("see catalog.tls_ca")));
  EXPECT_EQ(status().requests, 1u) << "that does not pass by itself";
}

TEST_F(OverTls, ThatDoesNotKnowTheTokenLetsNobodyAsk) {
  test::write_secret(folder_ / "other", "another-token-of-16");
  config_.token_file = folder_ / "other";
  open();
  const auto error = expect_failure("mug");
  EXPECT_EQ(error.error_class, ErrorClass::denied);
  EXPECT_THAT(error.message, HasSubstr("401"));
}

}  // namespace
}  // namespace orders::catalog
