// What is wrong on the broker's side: away, topics missing, topics of unequal size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

bool has_met_an_error(const Daemon& daemon) {
  const auto workers = daemon.ctl_json({"status"}).at("join").at("workers");
  return std::ranges::any_of(workers, [](const auto& worker) { return !worker.at("last_error").is_null(); });
}

TEST(Broker, ADaemonWithoutItsBrokerSaysSoAndGoesOnByItselfWhenItComes) {
  KafkaBroker broker;
  Daemon daemon("refused", {{"kafka.bootstrap_servers", broker.bootstrap()}});
  create_topics(broker.bootstrap(), daemon);
  broker.kill();
  daemon.start();
  ASSERT_TRUE(wait_until(30s, [&] {
    const auto status = daemon.get("/api/status");
    return status && status->at("state") == "degraded" &&
           status->at("reason").get<std::string>().find(broker.bootstrap()) != std::string::npos;
  })) << daemon.log();
  EXPECT_FALSE(daemon.ready());

  broker.start();
  daemon.await_ready();
  LogWriter writer(broker.bootstrap());
  writer.write(answer(daemon.payments(), 0, 1, "ACCEPT", 1'700'000'000'000));
  writer.write(answer(daemon.stock(), 0, 1, "ACCEPT", 1'700'000'000'000));
  writer.flush();
  ResultFollower(broker.bootstrap(), daemon.orders()).await(1, 60s);

  // And away again, this time under way.
  broker.kill();
  ASSERT_TRUE(wait_until(60s, [&] { return daemon.ctl_json({"status"}).at("state") == "degraded"; })) << daemon.log();
  ASSERT_TRUE(wait_until(60s, [&] { return has_met_an_error(daemon); })) << daemon.log();
  broker.start();
  daemon.await_ready();
  EXPECT_TRUE(has_met_an_error(daemon)) << "what is overcome is remembered";
  LogWriter again(broker.bootstrap());
  again.write(answer(daemon.payments(), 0, 2, "ACCEPT", 1'700'000'000'000));
  again.write(answer(daemon.stock(), 0, 2, "ACCEPT", 1'700'000'000'000));
  again.flush();
  ResultFollower(broker.bootstrap(), daemon.orders()).await(2, 60s);
  EXPECT_EQ(read_topic(broker.bootstrap(), daemon.orders()).size(), 2U);
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Broker, ADaemonWithoutItsBrokerStopsWhenAsked) {
  KafkaBroker broker{KafkaBroker::Down{}};
  Daemon daemon("refused-stop", {{"kafka.bootstrap_servers", broker.bootstrap()}});
  daemon.start();
  ASSERT_TRUE(wait_until(30s, [&] { return daemon.get("/api/status").has_value(); })) << daemon.log();
  EXPECT_EQ(daemon.stop(10s), 0);
}

TEST(Broker, AMissingTopicIsNamedWithTheCommandThatMakesIt) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("missing", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics(bootstrap, daemon);
  delete_topic(bootstrap, daemon.stock());
  ASSERT_TRUE(wait_until(30s, [&] { return partition_count(bootstrap, daemon.stock()) == 0; }));
  const auto check = daemon.ctl({"topics", "check"});
  EXPECT_EQ(check.exit_code, 1) << check.text();
  EXPECT_THAT(check.out + check.err, HasSubstr(daemon.stock()));
  daemon.start();
  EXPECT_EQ(daemon.wait(60s), 1) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr(daemon.stock()));
  EXPECT_THAT(daemon.log(), HasSubstr("ordersctl topics create"));

  daemon.ctl_ok({"topics", "create"});
  daemon.start_and_await();
  EXPECT_EQ(daemon.ctl({"topics", "check"}).exit_code, 0);
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Broker, UnequalPartitionCountsAreRefusedByName) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("unequal", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics(bootstrap, daemon);
  delete_topic(bootstrap, daemon.stock());
  ASSERT_TRUE(wait_until(30s, [&] { return partition_count(bootstrap, daemon.stock()) == 0; }));
  create_topic(bootstrap, daemon.stock(), 3);
  const auto check = daemon.ctl({"topics", "check"});
  EXPECT_EQ(check.exit_code, 1) << check.text();
  daemon.start();
  EXPECT_EQ(daemon.wait(60s), 2) << daemon.log();
  for (const auto& part : {daemon.payments() + " has 4", daemon.stock() + " has 3", daemon.orders() + " has 4"}) {
    EXPECT_THAT(daemon.log(), HasSubstr(part));
  }
}

TEST(Broker, TopicsCreateMakesWhatTheDaemonNeedsAndIsHarmlessTwice) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("create", {{"kafka.bootstrap_servers", bootstrap}});
  EXPECT_EQ(daemon.ctl({"topics", "check"}).exit_code, 1);
  daemon.ctl_ok({"topics", "create"});
  daemon.ctl_ok({"topics", "create"});
  EXPECT_EQ(daemon.ctl({"topics", "check"}).exit_code, 0);
  EXPECT_EQ(partition_count(bootstrap, daemon.payments()), partition_count(bootstrap, daemon.orders()));
  EXPECT_EQ(partition_count(bootstrap, daemon.stock()), partition_count(bootstrap, daemon.orders()));
  daemon.start_and_await();
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
