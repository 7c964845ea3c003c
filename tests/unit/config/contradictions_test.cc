// Options that are right by themselves and wrong together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loading.h"

namespace orders::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Contradictions, StandAtTheOptionThatWasGiven) {
  EXPECT_THAT(problems_of("state:\n  memory: 8MiB\n"),
              ElementsAre("ordersd.yaml:2:11: state.memory: state.cache (10MiB) must not exceed state.memory (8MiB)"));
  EXPECT_THAT(problems_of("state:\n  memory: 32MiB\n  cache: 64MiB\n"),
              ElementsAre("ordersd.yaml:3:10: state.cache: state.cache (64MiB) must not exceed state.memory (32MiB)"));
  EXPECT_THAT(texts(load_flags({"state.cache=1GiB"})),
              ElementsAre("--set state.cache: state.cache (1GiB) must not exceed state.memory (128MiB)"));
  EXPECT_THAT(problems_of("state:\n  memory: 64MiB\n  cache: 64MiB\n"), IsEmpty());
}

TEST(Contradictions, OfCommitIntervals) {
  EXPECT_THAT(problems_of("stream: {commit_min_interval: 2s}"),
              ElementsAre("ordersd.yaml:1:31: stream.commit_min_interval: stream.commit_min_interval (PT2S) must not "
                          "exceed stream.commit_interval (PT1S)"));
  EXPECT_THAT(
      problems_of("stream: {commit_interval: 10s}"),
      ElementsAre("ordersd.yaml:1:27: stream.commit_interval: stream.commit_interval (PT10S) must be shorter than "
                  "kafka.transaction_timeout (PT10S), or transactions time out before they are committed"));
  EXPECT_THAT(problems_of("stream: {commit_interval: 9999ms}"), IsEmpty());
}

TEST(Contradictions, OfTheWindowAndGraceThatAreTooLongTogether) {
  EXPECT_THAT(problems_of("join: {window: P1825D}"), IsEmpty());
  EXPECT_THAT(
      problems_of("join: {window: P1825D, grace: PT1S}"),
      ElementsAre("ordersd.yaml:1:16: join.window.before: join.window (before and after) and join.grace together "
                  "(P3650DT1S) must not exceed P3650D"));
}

TEST(Contradictions, OfTopicsWithOneName) {
  EXPECT_THAT(
      problems_of("topics:\n  payments: orders\n"),
      ElementsAre("ordersd.yaml:2:13: topics.payments: topics.orders and topics.payments both name 'orders': each "
                  "needs a topic of its own"));
  EXPECT_THAT(
      problems_of("topics:\n  dead_letter: d\n  drained: d\n"),
      ElementsAre("ordersd.yaml:3:12: topics.drained: topics.dead_letter and topics.drained both name 'd': each "
                  "needs a topic of its own"));
}

TEST(Contradictions, OfTheRetries) {
  EXPECT_THAT(
      problems_of("database: {retry: {backoff: {initial: 1m}}}"),
      ElementsAre("ordersd.yaml:1:39: database.retry.backoff.initial: database.retry.backoff.initial (PT1M) must "
                  "not exceed database.retry.backoff.max (PT30S)"));
}

TEST(Contradictions, OfTheDatabaseWithoutItsAddress) {
  EXPECT_THAT(problems_of("database: {url: \"\"}"),
              ElementsAre("ordersd.yaml:1:17: database.url: database.backend postgresql needs database.url"));
  EXPECT_THAT(problems_of("database: {url: \"\", backend: embedded}"), IsEmpty());
}

TEST(Contradictions, OfTheCatalogAndItsLocation) {
  EXPECT_THAT(problems_of("catalog: {backend: file}"),
              ElementsAre("ordersd.yaml:1:20: catalog.backend: catalog.backend file needs catalog.location"));
  EXPECT_THAT(
      problems_of("catalog: {backend: http, location: /codes}"),
      ElementsAre("ordersd.yaml:1:36: catalog.location: as the address of a catalog service (catalog.backend http) it "
                  "must begin with http:// or https://"));
  EXPECT_THAT(problems_of("catalog: {backend: http, location: \"https://catalog\"}"), IsEmpty());
  EXPECT_THAT(problems_of("catalog: {location: /codes}"), IsEmpty());
}

TEST(Contradictions, OfTheCatalogServicesAddress) {
  const auto problems = [](const std::string& location) {
    return problems_of("catalog: {backend: http, location: \"" + location + "\"}");
  };
  for (const char* good : {"http://catalog:8080/api/products/{code}", "https://catalog/v1/{code}?fields=code",
                           "http://10.0.0.1/?product={code}", "http://[::1]:8080/products/", "http://[::1]/products",
                           "https://me:s3cr3t@catalog/products"}) {
    EXPECT_THAT(problems(good), IsEmpty()) << good;
  }
  for (const char* braces : {"http://catalog/{product}", "http://catalog/{code}/{code}", "http://{code}/products",
                             "http://catalog/code}", "http://catalog/{code"}) {
    EXPECT_THAT(problems(braces), ElementsAre(HasSubstr("{code} once"))) << braces;
  }
  for (const char* no_host : {"http://", "http:///products", "http://:8080/", "http://catalog:0/", "http://catalog:x/",
                              "http://catalog:65536/", "http://a b@/"}) {
    EXPECT_EQ(problems(no_host).size(), 1u) << no_host;
  }
  for (const char* odd : {"http://me:s3cr3t@catalog/a b", "http://me:s3cr3t@catalog/#top", "http://me:s3cr3t@catalog/ä"}) {
    EXPECT_THAT(problems(odd), ElementsAre(AllOf(HasSubstr("percent-encode"), Not(HasSubstr("s3cr3t"))))) << odd;
  }
}

TEST(Contradictions, OfATokenForACatalogServiceInTheClear) {
  const test::TempFolder folder("config");
  write_secret(folder / "token", "hunter2");
  const auto problems = [&](const std::string& location) {
    return problems_of("catalog: {backend: http, token_file: " + (folder / "token").string() + ", location: \"" +
                       location + "\"}");
  };
  EXPECT_THAT(problems("http://catalog/"), ElementsAre(HasSubstr("catalog.location needs https")));
  EXPECT_THAT(problems("https://catalog/"), IsEmpty());
  EXPECT_THAT(problems("http://127.0.0.1:8080/"), IsEmpty());
}

TEST(Contradictions, OfTheApiOverTcpWithoutAToken) {
  EXPECT_THAT(problems_of("api: {listen: \"127.0.0.1:8080\"}"),
              ElementsAre("ordersd.yaml:1:15: api.listen: api.listen (127.0.0.1:8080) needs api.token_file"));
  for (const char* loopback : {"127.0.0.1:8080", "127.8.9.10:1", "localhost:65535", "[::1]:8080", "127.0.0.1:0"}) {
    EXPECT_THAT(problems_of("api: {listen: \"" + std::string(loopback) + "\", token_file: /t}"), IsEmpty()) << loopback;
  }
}

TEST(Contradictions, OfTheApiBeyondLoopbackWithoutTls) {
  EXPECT_THAT(problems_of("api: {listen: \"0.0.0.0:8080\", token_file: /t}"),
              ElementsAre("ordersd.yaml:1:15: api.listen: api.listen (0.0.0.0:8080) is not loopback and needs "
                          "api.tls_certificate and api.tls_key"));
  EXPECT_THAT(problems_of("api: {listen: \"0.0.0.0:8080\", token_file: /t, tls_certificate: /c, tls_key: /k}"),
              IsEmpty());
  for (const char* beyond : {"10.0.0.1:8080", "10.0.0.1:0", "[::]:8080", "[2001:db8::1]:80", "localhost.example.com:80",
                             "127.0.0.1.nip:80"}) {
    EXPECT_EQ(problems_of("api: {listen: \"" + std::string(beyond) + "\"}").size(), 2u) << beyond;
  }
}

TEST(Contradictions, OfTheAddressThatTheCommandAsks) {
  EXPECT_THAT(problems_of("api: {url: \"https://orders:8443\"}"),
              ElementsAre("ordersd.yaml:1:12: api.url: api.url (https://orders:8443) needs api.token_file"));
  EXPECT_THAT(
      problems_of("api: {url: \"http://orders:8080\", token_file: /t}"),
      ElementsAre("ordersd.yaml:1:12: api.url: api.url (http://orders:8080) is not loopback and needs https"));
  for (const char* right : {"https://orders:8443", "http://127.0.0.1:8080", "http://[::1]:1"}) {
    EXPECT_THAT(problems_of("api: {url: \"" + std::string(right) + "\", token_file: /t}"), IsEmpty()) << right;
  }
}

TEST(Contradictions, OfACertificateWithoutItsKey) {
  EXPECT_THAT(problems_of("api: {tls_certificate: /c}"),
              ElementsAre("ordersd.yaml:1:24: api.tls_certificate: api.tls_certificate needs api.tls_key"));
  EXPECT_THAT(problems_of("api: {tls_key: /k}"),
              ElementsAre("ordersd.yaml:1:16: api.tls_key: api.tls_key needs api.tls_certificate"));
}

TEST(Contradictions, AreNotSoughtInOptionsThatAreWrongAnyway) {
  EXPECT_EQ(problems_of("state: {memory: 8MiB, cache: lots}").size(), 1u);
}

}  // namespace
}  // namespace orders::config
