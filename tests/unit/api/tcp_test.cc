// The server over TCP, plain and with TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "api/client.h"
#include "api/server.h"
#include "base/address.h"
#include "base/bytes.h"
#include "raw_client.h"
#include "support/certificates.h"
#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::api {
namespace {

using orders::test::TempFolder;
using orders::test::write_secret;
using test::RawClient;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

constexpr Milliseconds patience{30'000};
const std::string token = "0123456789abcdef";

class OverTcp : public testing::Test {
 protected:
  OverTcp() {
    options_.socket = (folder_ / "api.sock").string();
    options_.threads = 2;
    options_.refusals = refusals_;
    options_.tcp.listen = "127.0.0.1:0";
    options_.tcp.token_file = secret("token", token + "\n");
  }

  std::string secret(const std::string& name, const std::string& content) {
    write_secret(folder_ / name, content);
    return folder_ / name;
  }
  void with_tls() {
    const auto [certificate, key, keystore] = certificates_.issue("server");
    options_.tcp.tls_certificate = certificate;
    options_.tcp.tls_key = key;
  }
  Result<Server> try_to_start() {
    Route echo{"POST", "/echo", [this](const Request& request) {
                 ++handled_;
                 Reply reply;
                 reply.body = request.body;
                 return reply;
               }};
    Route alive{"GET", "/livez", [](const Request&) { return Reply{}; }};
    alive.immediate = true;
    alive.open = true;
    Route ready{"GET", "/readyz", [this](const Request&) {
                  ++handled_;
                  return Reply{};
                }};
    ready.immediate = true;
    Route page{"GET", "/", [this](const Request&) {
                 ++handled_;
                 return Reply{};
               }};
    page.basic = Route::Basic::asked_for;
    return Server::start(options_, {echo, alive, ready, page});
  }
  void start() {
    auto started = try_to_start();
    ASSERT_TRUE(started) << started.error().text();
    server_.emplace(std::move(*started));
  }
  Error start_fails_with(ErrorClass error_class) {
    const auto started = try_to_start();
    EXPECT_FALSE(started);
    if (started) return {};
    EXPECT_EQ(started.error().error_class, error_class) << started.error().text();
    return started.error();
  }

  [[nodiscard]] Client client(const std::string& shown = token, const std::string& ca = {}) const {
    return Client(Target{{}, server_->tcp_url(), shown, ca});
  }
  [[nodiscard]] HostPort address() const {
    const auto url = server_->tcp_url();
    return parse_host_port(url.substr(url.find("://") + 3)).value_or(HostPort{});
  }
  static int status_of(const Result<Response>& response) {
    EXPECT_TRUE(response) << response.error().text();
    return response ? response->status : 0;
  }
  /// The status of a request whose head is written in the test.
  int raw_status(const std::string& head) const {
    RawClient raw(address().port);
    return raw_status(raw, head);
  }
  static int raw_status(RawClient& raw, const std::string& head) {
    EXPECT_TRUE(raw.send(head + "Connection: close\r\n\r\n"));
    const auto answer = raw.receive_until("no end");
    return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
  }

  TempFolder folder_{"tcp"};
  orders::test::Certificates certificates_;
  std::shared_ptr<Refusals> refusals_ = std::make_shared<Refusals>();
  ServerOptions options_;
  std::atomic<int> handled_{0};
  std::optional<Server> server_;
};

const std::string authorization = "Authorization: Bearer " + token + "\r\n";

TEST_F(OverTcp, WhoHasTheTokenIsAnswered) {
  start();
  EXPECT_EQ(address().host, "127.0.0.1");
  EXPECT_GT(address().port, 0);
  auto known = client();
  const auto response = known.post("/echo", "body", "text/plain", {}, patience);
  ASSERT_EQ(status_of(response), 200);
  EXPECT_EQ(response->body, "body");
  EXPECT_EQ(status_of(known.get("/readyz", patience)), 200);
  EXPECT_EQ(status_of(known.get("/nothing", patience)), 404);
}

TEST_F(OverTcp, WhoHasNotTheTokenIsAnsweredNothingAtAll) {
  start();
  const auto refused = client("0123456789abcdeF").get("/readyz", patience);
  ASSERT_EQ(status_of(refused), 401);
  EXPECT_EQ(refused->header("www-authenticate"), R"(Bearer realm="ordersd", error="invalid_token")");
  EXPECT_EQ(refused->header("content-type"), "application/problem+json");
  EXPECT_EQ(status_of(client("wrong").get("/nothing", patience)), 401) << "not even what there is";
  EXPECT_EQ(raw_status("GET /readyz HTTP/1.1\r\nHost: localhost\r\n"), 401);
  EXPECT_EQ(raw_status("GET /readyz HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + token + "\r\n"), 401);
  EXPECT_EQ(raw_status("GET /readyz HTTP/1.1\r\nHost: localhost\r\n" + authorization), 200);
  EXPECT_EQ(handled_, 1);
  EXPECT_EQ(refusals_->of(Refusals::Why::token), 4u);
}

TEST_F(OverTcp, ABrowserMayShowTheTokenAsAPassword) {
  start();
  const auto basic = "Authorization: Basic " + base64("anybody:" + token) + "\r\n";
  EXPECT_EQ(raw_status("GET / HTTP/1.1\r\nHost: localhost\r\n" + basic), 200);
  EXPECT_EQ(raw_status("HEAD / HTTP/1.1\r\nHost: localhost\r\n" + basic), 200);
  EXPECT_EQ(handled_, 2);
  EXPECT_EQ(raw_status("GET /readyz HTTP/1.1\r\nHost: localhost\r\n" + basic), 401);
  EXPECT_EQ(raw_status("GET /nothing HTTP/1.1\r\nHost: localhost\r\n" + basic), 401);
  EXPECT_EQ(raw_status("GET / HTTP/1.1\r\nHost: evil.example\r\n" + basic), 421);
  EXPECT_EQ(raw_status("GET / HTTP/1.1\r\nHost: localhost\r\n"), 401);
  EXPECT_EQ(handled_, 2);
}

TEST_F(OverTcp, TheRefusalIsSeenBehindALargeBodyToo) {
  start();
  const auto refused = client("wrong").post("/echo", std::string(4 << 20, 'x'), "text/plain", {}, patience);
  EXPECT_EQ(status_of(refused), 401);
  EXPECT_EQ(handled_, 0);
}

TEST_F(OverTcp, WhoWatchesTheProcessNeedsNoToken) {
  start();
  EXPECT_EQ(raw_status("GET /livez HTTP/1.1\r\nHost: whatever\r\n"), 200);
  EXPECT_EQ(raw_status("GET /livez HTTP/1.0\r\n"), 200);
  EXPECT_EQ(raw_status("POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"), 401);
}

TEST_F(OverTcp, AHostThatIsNotOursIsRefused) {
  options_.tcp.hosts = "orders.example.com, other";
  start();
  const auto with_host = [&](const std::string& host) {
    return raw_status("GET /readyz HTTP/1.1\r\nHost: " + host + "\r\n" + authorization);
  };
  const auto port = ":" + std::to_string(address().port);
  for (const std::string& host : {"localhost" + port, "127.0.0.1" + port, "other" + port}) {
    EXPECT_EQ(with_host(host), 200) << host;
  }
  EXPECT_EQ(with_host("orders.example.com"), 200);
  EXPECT_EQ(with_host("evil.example" + port), 421);
  EXPECT_EQ(raw_status("GET /readyz HTTP/1.1\r\n" + authorization), 400);
  EXPECT_EQ(raw_status("GET /readyz HTTP/1.0\r\n" + authorization), 400);
}

TEST_F(OverTcp, TheUnixSocketIsThereAsWellAndNeedsNoToken) {
  start();
  EXPECT_EQ(status_of(Client(options_.socket).get("/readyz", patience)), 200);
}

TEST_F(OverTcp, ANameIsListenedAtToo) {
  options_.tcp.listen = "localhost:0";
  start();
  EXPECT_TRUE(is_loopback(address().host)) << server_->tcp_url();
  EXPECT_EQ(status_of(client().get("/readyz", patience)), 200);
}

TEST_F(OverTcp, AStoppedServerIsNotConnectedTo) {
  start();
  auto known = client();
  EXPECT_EQ(status_of(known.get("/readyz", patience)), 200);
  server_.reset();
  const auto gone = known.get("/readyz", patience);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().error_class, ErrorClass::wait);
}

// --- with TLS

TEST_F(OverTcp, WithTlsWhoTrustsTheCertificateIsAnswered) {
  with_tls();
  start();
  EXPECT_TRUE(server_->tcp_url().starts_with("https://127.0.0.1:")) << server_->tcp_url();
  auto known = client(token, certificates_.ca());
  const std::string body(1 << 20, 'x');
  const auto response = known.post("/echo", body, "text/plain", {}, patience);
  ASSERT_EQ(status_of(response), 200);
  EXPECT_TRUE(response->body == body);
  EXPECT_EQ(status_of(client("wrong", certificates_.ca()).get("/readyz", patience)), 401);
}

TEST_F(OverTcp, WithTlsWhoDoesNotTrustTheCertificateSendsNothing) {
  with_tls();
  start();
  const auto distrusted = client().get("/readyz", patience);
  ASSERT_FALSE(distrusted);
  EXPECT_EQ(distrusted.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(distrusted.error().text(), HasSubstr("api.tls_ca"));
  EXPECT_EQ(handled_, 0);
}

TEST_F(OverTcp, WithTlsPlainHttpIsNotAnswered) {
  with_tls();
  start();
  RawClient raw(address().port);
  ASSERT_TRUE(raw.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_THAT(raw.receive_until("no end"), Not(HasSubstr("HTTP/1.")));
}

TEST_F(OverTcp, WithTlsOldVersionsAreRefused) {
  with_tls();
  start();
  const auto shakes_hands = [&](const std::string& version) {
    orders::test::Command openssl;
    openssl.arguments = {"openssl", "s_client", "-connect", to_string(address()), version, "-cipher",
                         "DEFAULT@SECLEVEL=0"};
    return orders::test::run(openssl, "Q\n").exit_code == 0;
  };
  EXPECT_TRUE(shakes_hands("-tls1_3"));
  EXPECT_TRUE(shakes_hands("-tls1_2"));
  EXPECT_FALSE(shakes_hands("-tls1_1"));
  EXPECT_FALSE(shakes_hands("-tls1"));
}

// --- token and certificate that change

TEST_F(OverTcp, ANewTokenCountsFromItsRenewalOn) {
  start();
  auto known = client();
  const std::string rotated = "fedcba9876543210";
  (void)secret("token", rotated);
  EXPECT_EQ(status_of(known.get("/readyz", patience)), 200) << "files are not looked at by themselves";
  const auto renewed = server_->renew(options_.tcp);
  ASSERT_TRUE(renewed) << renewed.error().text();
  EXPECT_EQ(status_of(known.get("/readyz", patience)), 401);
  EXPECT_EQ(status_of(client(rotated).get("/readyz", patience)), 200);
}

TEST_F(OverTcp, ANewCertificateIsForWhoConnectsFromItsRenewalOn) {
  with_tls();
  start();
  auto known = client(token, certificates_.ca());
  ASSERT_EQ(status_of(known.get("/readyz", patience)), 200);
  const auto elsewhere = certificates_.issue("elsewhere", "DNS:elsewhere.example");
  options_.tcp.tls_certificate = elsewhere.certificate;
  options_.tcp.tls_key = elsewhere.key;
  const auto renewed = server_->renew(options_.tcp);
  ASSERT_TRUE(renewed) << renewed.error().text();
  EXPECT_EQ(status_of(known.get("/readyz", patience)), 200) << "a connection that is there goes on";
  const auto distrusted = known.get("/readyz", patience);
  ASSERT_FALSE(distrusted) << "but that was its last answer";
  EXPECT_EQ(distrusted.error().error_class, ErrorClass::invalid);
  for (int i = 0; i < 3; ++i) {  // each from its own files, again and again
    with_tls();
    ASSERT_TRUE(server_->renew(options_.tcp));
    EXPECT_EQ(status_of(client(token, certificates_.ca()).post("/echo", "x", "text/plain", {}, patience)), 200);
  }
}

TEST_F(OverTcp, OfFilesThatAreWrongNothingIsTaken) {
  with_tls();
  start();
  const auto right = options_.tcp;
  const auto refused_for = [&](const std::string& why) {
    const auto renewed = server_->renew(options_.tcp);
    ASSERT_FALSE(renewed);
    EXPECT_THAT(renewed.error().text(), HasSubstr(why));
    EXPECT_EQ(status_of(client(token, certificates_.ca()).get("/readyz", patience)), 200);
  };
  options_.tcp.token_file = secret("rotated", "fedcba9876543210");
  options_.tcp.tls_key = certificates_.issue("other").key;
  refused_for("belong together");
  options_.tcp = right;
  options_.tcp.tls_certificate = (folder_ / "nowhere").string();
  refused_for("api.tls_certificate");
  options_.tcp = right;
  options_.tcp.token_file = secret("short", "short");
  refused_for("api.token_file");
}

TEST_F(OverTcp, NewHostsCountFromTheirRenewalOn) {
  start();
  const std::string named = "GET /readyz HTTP/1.1\r\nHost: orders.example.com\r\n" + authorization;
  EXPECT_EQ(raw_status(named), 421);
  options_.tcp.hosts = "orders.example.com";
  ASSERT_TRUE(server_->renew(options_.tcp));
  EXPECT_EQ(raw_status(named), 200);
}

TEST_F(OverTcp, HostsCountAtTheUnixSocketTooButNoneBesideFilesThatAreWrong) {
  start();
  const auto status = [&] {
    RawClient raw(options_.socket);
    return raw_status(raw, "GET /readyz HTTP/1.1\r\nHost: orders.example.com\r\n");
  };
  const auto right = options_.tcp.token_file;
  options_.tcp.hosts = "orders.example.com";
  options_.tcp.token_file = secret("short", "short");
  EXPECT_FALSE(server_->renew(options_.tcp));
  EXPECT_EQ(status(), 421);
  options_.tcp.token_file = right;
  ASSERT_TRUE(server_->renew(options_.tcp));
  EXPECT_EQ(status(), 200);
}

TEST_F(OverTcp, ThatIsToEndWithTheProcessKeepsWhatItHas) {
  start();
  const auto renewed = server_->renew(config::Api{});
  ASSERT_TRUE(renewed) << renewed.error().text();
  EXPECT_EQ(status_of(client().get("/readyz", patience)), 200);
}

TEST_F(OverTcp, WithoutTcpThereIsNothingToRenew) {
  options_.tcp.listen = "";
  start();
  options_.tcp.token_file = "/nowhere";
  EXPECT_TRUE(server_->renew(options_.tcp));
}

// --- starts that are refused

TEST_F(OverTcp, AnAddressInUseIsNamed) {
  start();
  const auto url = server_->tcp_url();
  options_.socket += "2";
  options_.tcp.listen = to_string(address());
  EXPECT_THAT(start_fails_with(ErrorClass::refused).text(),
              testing::AllOf(HasSubstr(options_.tcp.listen), HasSubstr("api.listen"), HasSubstr("in use")));
  EXPECT_EQ(status_of(client().get("/readyz", patience)), 200) << "the first goes on";
}

TEST_F(OverTcp, AnAddressThatNoInterfaceHasMayComeLater) {
  options_.tcp.listen = "192.0.2.1:8443";  // TEST-NET-1
  EXPECT_THAT(start_fails_with(ErrorClass::wait).text(), HasSubstr("192.0.2.1:8443"));
}

TEST_F(OverTcp, BeyondLoopbackThereIsTlsOrNothing) {
  options_.tcp.listen = "0.0.0.0:0";
  EXPECT_THAT(start_fails_with(ErrorClass::invalid).text(), HasSubstr("not loopback"));
  with_tls();
  start();
  EXPECT_EQ(address().host, "0.0.0.0");
}

TEST_F(OverTcp, SecretsThatEverybodyMayReadAreRefused) {
  with_tls();
  fs::permissions(options_.tcp.tls_key, fs::perms::others_read, fs::perm_options::add);
  EXPECT_THAT(start_fails_with(ErrorClass::invalid).message, HasSubstr("api.tls_key: " + options_.tcp.tls_key));
  fs::permissions(options_.tcp.tls_key, fs::perms::others_read, fs::perm_options::remove);
  fs::permissions(options_.tcp.token_file, fs::perms::others_read, fs::perm_options::add);
  EXPECT_THAT(start_fails_with(ErrorClass::invalid).message, HasSubstr("api.token_file: " + options_.tcp.token_file));
}

TEST_F(OverTcp, ThereIsNoTcpWithoutAToken) {
  options_.tcp.token_file = "";
  EXPECT_THAT(start_fails_with(ErrorClass::invalid).message, HasSubstr("api.token_file"));
}

TEST_F(OverTcp, ACertificateThatIsNoneOrNotOfItsKeyIsRefused) {
  with_tls();
  const auto right = options_.tcp;
  options_.tcp.tls_certificate = (folder_ / "nowhere").string();
  EXPECT_THAT(start_fails_with(ErrorClass::invalid).message, HasSubstr("api.tls_certificate: "));
  options_.tcp.tls_certificate = secret("no.pem", "no certificate\n");
  EXPECT_THAT(start_fails_with(ErrorClass::invalid).text(), HasSubstr("GnuTLS"));
  options_.tcp = right;
  options_.tcp.tls_key = certificates_.issue("other").key;
  EXPECT_THAT(start_fails_with(ErrorClass::invalid).text(), HasSubstr("belong together"));
}

}  // namespace
}  // namespace orders::api
