// The catalog over HTTP: orders are checked against it; away, it costs neither orders nor a restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/client.h"
#include "support/catalog_server.h"
#include "support/kafka_broker.h"
#include "support/log.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

/// Remembers no codes, so that each order asks.
class CatalogService : public testing::Test {
 protected:
  void start(const Settings& more) {
    for (const auto& [name, value] : more) daemon_.set(name, value);
    create_topics(shared_broker().bootstrap(), daemon_);
    daemon_.start_and_await();
  }
  Output create(const std::string& code, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"--output",   "json", "order",  "create",
                                          "--customer", "7",    "--item", code + ":1@1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daemon_.ctl(arguments);
  }
  json status() { return daemon_.get("/api/status").value_or(json::object()); }
  std::string breaker() { return status().at("catalog").at("breaker"); }
  std::size_t saved() { return daemon_.ctl_lines({"order", "list"}).size(); }

  CatalogServer server_{{"mug", "plate"}};
  Daemon daemon_{"catalog-http",
                 {{"kafka.bootstrap_servers", shared_broker().bootstrap()},
                  {"database.backend", "embedded"},
                  {"catalog.backend", "http"},
                  {"catalog.location", '"' + server_.location() + '"'},
                  {"catalog.timeout", "10s"},
                  {"catalog.retry.attempts", "3"},
                  {"catalog.breaker.failures", "3"},
                  {"catalog.cache.ttl", "0ms"}}};
};

TEST_F(CatalogService, ThatIsAwayRefusesOrdersAndIsFoundAgainWithoutARestart) {
  start({{"catalog.breaker.pause", "1s"}});
  EXPECT_EQ(create("mug").exit_code, 0);
  const auto unknown = create("mgu");
  EXPECT_EQ(unknown.exit_code, 2) << unknown.text();
  EXPECT_THAT(unknown.err, HasSubstr("'mgu' is not in the catalog"));

  server_.stop();
  const auto refused = create("plate");
  EXPECT_EQ(refused.exit_code, 4) << refused.text();
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("can't reach the catalog at http://127.0.0.1:"), HasSubstr("nothing was saved")));
  api::Client client(daemon_.setting("api.socket"));
  const auto reply =
      client.post("/api/orders", R"({"customerId":7,"items":[{"productId":"mug","quantity":1,"productPrice":1}]})",
                  "application/json", {}, 30s);
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->header("content-type"), "application/problem+json");
  EXPECT_EQ(reply->header("retry-after"), "5");
  EXPECT_EQ(saved(), 1U);
  EXPECT_NE(breaker(), "closed");
  EXPECT_FALSE(daemon_.ready());
  EXPECT_THAT(daemon_.ctl_ok({"--output", "table", "status"}), HasSubstr("catalog: can't reach the catalog"));
  const auto doctor = daemon_.ctl({"--output", "ndjson", "doctor"});
  EXPECT_EQ(doctor.exit_code, 1) << doctor.text();
  EXPECT_THAT(doctor.out, HasSubstr(R"({"level":"error","check":"catalog","finding":"can't reach the catalog)"));

  server_.start();
  const auto created = create("plate", {"--wait", "PT30S"});
  EXPECT_EQ(created.exit_code, 0) << created.text() << daemon_.log();
  EXPECT_EQ(breaker(), "closed");
  daemon_.await_ready();
  EXPECT_EQ(saved(), 2U);
  EXPECT_EQ(read_topic(shared_broker().bootstrap(), daemon_.orders()).size(), 2U);
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_EQ(count(daemon_.log(), "new orders are refused meanwhile"), 1U) << daemon_.log();
  EXPECT_EQ(count(daemon_.log(), "answers again"), 1U) << daemon_.log();
}

TEST_F(CatalogService, ThatFailsIsLeftInPeaceAndOrdersAreTakenUncheckedWhereThatIsConfigured) {
  start({{"catalog.breaker.pause", "1h"}, {"catalog.unavailable", "accept"}});
  EXPECT_EQ(create("mgu").exit_code, 2);
  server_.answer_with(500);
  const int before = server_.requests();
  const auto unchecked = create("mgu");
  ASSERT_EQ(unchecked.exit_code, 0) << unchecked.text();
  EXPECT_EQ(json::parse(unchecked.out).value("unchecked", false), true);
  EXPECT_THAT(unchecked.err, HasSubstr("the products were not checked"));
  EXPECT_EQ(breaker(), "open");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(create("mug").exit_code, 0);
  EXPECT_EQ(server_.requests(), before + 3) << "the three tries of the first order, and none since";
  EXPECT_EQ(status().at("intake").at("unchecked"), 4);
  EXPECT_EQ(status().at("state"), "running");
  EXPECT_EQ(count(daemon_.log(), "new orders are accepted unchecked meanwhile"), 1U) << daemon_.log();
  EXPECT_EQ(daemon_.stop(), 0);
}

}  // namespace
}  // namespace orders::test
