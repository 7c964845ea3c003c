// A broker of two dies, and with it the leaders of half of the partitions.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/cluster.h"
#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

TEST(Leader, OfHalfOfThePartitionsDiesAndTheOtherBrokerTakesThemOver) {
  const std::map<std::string, std::string> replicated = {{"offsets.topic.replication.factor", "2"},
                                                         {"transaction.state.log.replication.factor", "2"},
                                                         {"broker.session.timeout.ms", "3000"}};
  KafkaBroker first(replicated);
  KafkaBroker second(KafkaBroker::Joining{first}, replicated);
  Daemon daemon("leader", {{"kafka.bootstrap_servers", "\"" + first.bootstrap() + "," + second.bootstrap() + "\""}});
  // The controller has both brokers, but each learns of the other when it will.
  ASSERT_TRUE(wait_until(30s, [&] {
    return daemon.ctl({"topics", "create", "--partitions", "4", "--replication-factor", "2"}).exit_code == 0;
  }));
  daemon.start_and_await();
  LogWriter writer(first.bootstrap() + "," + second.bootstrap());
  ResultFollower results(first.bootstrap(), daemon.orders());
  std::int64_t made = 0;
  const auto more = [&] {
    for (int i = 0; i < 200; ++i) {
      ++made;
      const auto partition = static_cast<std::int32_t>(made % 4);
      writer.write(answer(daemon.payments(), partition, made, "ACCEPT", 1'700'000'000'000 + made));
      writer.write(answer(daemon.stock(), partition, made, "ACCEPT", 1'700'000'000'000 + made));
    }
    writer.flush();
  };
  more();
  results.await(200, 60s);

  const auto before = leaders(first.bootstrap(), daemon.payments());
  ASSERT_GT(std::ranges::count(before, 2), 0) << "there is something to take over";
  second.kill();
  more();
  results.await(400, 120s);
  EXPECT_TRUE(wait_until(30s, [&] {
    return std::ranges::count(leaders(first.bootstrap(), daemon.payments()), 1) == 4;
  }));
  daemon.await_ready();

  std::set<std::int64_t> ids;
  for (const auto& record : read_topic(first.bootstrap(), daemon.orders())) ids.insert(from_int64_key(*record.key));
  EXPECT_EQ(ids.size(), 400U);
  EXPECT_EQ(results.catch_up(), 400U) << "each once";
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
