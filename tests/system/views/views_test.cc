// The views catch up by themselves: they know where they stand, and `orders` is all that they need.
#include <gtest/gtest.h>

#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/views.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

class Views : public testing::Test {
 protected:
  Views() {
    daemon_.ctl_ok({"topics", "create"});
    daemon_.ctl_ok({"db", "migrate"});
  }

  /// `count` more orders, created, answered, joined.
  void make_orders(int count) {
    ResultFollower results(bootstrap_, daemon_.orders());
    write_file(daemon_.folder() / "batch.ndjson", batch_of_orders(count));
    made_ += count;
    daemon_.ctl_ok({"-q", "order", "create", "--batch", "batch.ndjson"});
    daemon_.ctl_ok({"-q", "simulate", "--count", std::to_string(made_ - answered_), "--payment-reject", "30"});
    answered_ = made_;
    results.await(static_cast<std::size_t>(made_), 60s);
  }

  void expect_views_equal_the_topic() {
    test::expect_views_equal_the_topic(bootstrap_, daemon_, static_cast<std::size_t>(made_));
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  PostgresDatabase database_;
  Daemon daemon_{
      "views",
      {{"kafka.bootstrap_servers", bootstrap_}, {"database.backend", "postgresql"}, {"database.url", database_.url()}}};
  int made_ = 0;
  int answered_ = 0;
};

TEST_F(Views, FollowTheTopic) {
  daemon_.start_and_await();
  make_orders(500);
  expect_views_equal_the_topic();
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Views, CatchUpAfterAKillAWipedTableAndARestoredDatabase) {
  daemon_.start_and_await();
  make_orders(300);
  expect_views_equal_the_topic();
  const auto yesterday = database_.dump();

  make_orders(300);
  daemon_.kill();
  daemon_.start_and_await();
  expect_views_equal_the_topic();

  daemon_.kill();
  std::filesystem::remove_all(daemon_.setting("state.directory"));
  daemon_.start_and_await();
  expect_views_equal_the_topic();

  daemon_.kill();
  database_.restore(yesterday);
  EXPECT_EQ(database_.query("SELECT count(*) FROM orders"), "300");
  daemon_.start_and_await();
  expect_views_equal_the_topic();
  EXPECT_NE(daemon_.log().find("restored"), std::string::npos) << "it says that the database went back";

  make_orders(100);
  expect_views_equal_the_topic();
  EXPECT_TRUE(read_topic(bootstrap_, daemon_.dead_letters()).empty());
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Views, ADatabaseThatIsAwayDelaysItsViewAndNothingElse) {
  daemon_.start_and_await();
  make_orders(50);
  database_.server().stop();
  LogWriter writer(bootstrap_);
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  const int partitions = partition_count(bootstrap_, daemon_.orders());
  for (int i = 0; i < 100; ++i) {
    for (const auto& topic : {daemon_.payments(), daemon_.stock()}) {
      writer.write(answer(topic, i % partitions, i + 1, "ACCEPT", now.count()));
    }
  }
  writer.flush();
  ResultFollower(bootstrap_, daemon_.orders()).await(150, 60s);
  ASSERT_TRUE(wait_until(30s, [&] { return daemon_.ctl_json({"state", "count"}).at("count") == 150; }));
  ASSERT_TRUE(wait_until(30s, [&] { return daemon_.ctl_json({"status"}).at("state") == "degraded"; }));
  EXPECT_EQ(daemon_.ctl({"order", "create", "--customer", "1", "--item", "mug:1@2.50"}).exit_code, 4);

  database_.server().start();
  ASSERT_TRUE(wait_until(60s, [&] { return daemon_.ready(); })) << daemon_.log();
  made_ += 100;
  expect_views_equal_the_topic();
  EXPECT_EQ(daemon_.stop(), 0);
}

}  // namespace
}  // namespace orders::test
