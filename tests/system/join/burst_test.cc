// Bursts: one side arrives whole before the other. The service that this replaces loses records here, because its
// window follows one common clock.
#include <gtest/gtest.h>

#include <set>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

constexpr int orders = 20'000;
constexpr std::int64_t base = 1'700'000'000'000;

void write_side(const std::string& bootstrap, const std::string& topic) {
  LogWriter writer(bootstrap);
  for (int i = 0; i < orders; ++i) writer.write(answer(topic, i % 4, i + 1, "ACCEPT", base + i));
  writer.flush();
}

void expect_every_order_confirmed_once(const std::string& bootstrap, const Daemon& daemon) {
  std::set<std::int64_t> seen;
  for (const auto& record : read_topic(bootstrap, daemon.orders())) {
    const auto value = nlohmann::json::parse(record.value.value());
    const std::int64_t id = value.at("orderId");
    EXPECT_TRUE(seen.insert(id).second) << id << " has a second result at " << record.where();
    EXPECT_EQ(value.at("status"), "CONFIRMED") << id;
    EXPECT_EQ(from_int64_key(record.key.value()), id);
    EXPECT_EQ(record.partition, (id - 1) % 4) << "a result goes to its task's own partition";
    EXPECT_EQ(record.timestamp, base + id - 1);
  }
  EXPECT_EQ(seen.size(), orders);
  EXPECT_TRUE(read_topic(bootstrap, daemon.dead_letters()).empty());
}

TEST(Burst, AllPaymentsThenAllStockWhileTheDaemonRunsGivesEveryResult) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("burst", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics(bootstrap, daemon);
  daemon.start_and_await();
  write_side(bootstrap, daemon.payments());
  ASSERT_TRUE(wait_until(60s, [&] { return join_figure(daemon, "/waiting") == orders; }))
      << daemon.get("/api/status").value_or("no answer");
  write_side(bootstrap, daemon.stock());
  ResultFollower(bootstrap, daemon.orders()).await(orders, 60s);
  expect_every_order_confirmed_once(bootstrap, daemon);
  ASSERT_TRUE(wait_until(30s, [&] { return join_figure(daemon, "/fates/joined") == 2 * orders; }));
  EXPECT_EQ(join_figure(daemon, "/fates/results"), orders);
  EXPECT_EQ(join_figure(daemon, "/fates/late"), 0);
  EXPECT_EQ(join_figure(daemon, "/fates/unmatched"), 0);
  EXPECT_EQ(join_figure(daemon, "/fates/read"), 2 * orders);
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Burst, ABacklogThatWaitsForTheDaemonGivesEveryResult) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("backlog", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics(bootstrap, daemon);
  write_side(bootstrap, daemon.payments());
  write_side(bootstrap, daemon.stock());
  daemon.start();
  ResultFollower(bootstrap, daemon.orders()).await(orders, 60s);
  expect_every_order_confirmed_once(bootstrap, daemon);
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
