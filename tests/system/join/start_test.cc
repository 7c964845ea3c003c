// Where the join goes on from: committed offsets with and without metadata, under other settings, or not there any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::int64_t base = 1'700'000'000'000;
constexpr int partitions = 2;

class AStart : public testing::Test {
 protected:
  AStart() { create_topics(bootstrap_, daemon_, partitions); }

  /// An ACCEPT of each of the orders `first` to `last`, on their partitions.
  void write(const std::string& topic, int first, int last, std::int64_t timestamp) {
    LogWriter writer(bootstrap_);
    for (int id = first; id <= last; ++id) writer.write(answer(topic, id % partitions, id, "ACCEPT", timestamp));
    writer.flush();
  }
  void write_both(int first, int last, std::int64_t timestamp) {
    write(daemon_.payments(), first, last, timestamp);
    write(daemon_.stock(), first, last, timestamp);
  }
  void await_committed() {
    ASSERT_TRUE(wait_until(30s, [&] { return inputs_committed(bootstrap_, daemon_); })) << daemon_.log();
  }
  /// Runs the daemon until everything on the inputs is committed.
  void run_once() {
    daemon_.start_and_await();
    await_committed();
    ASSERT_EQ(daemon_.stop(), 0);
  }
  [[nodiscard]] std::string group() const { return daemon_.setting("application_id"); }
  [[nodiscard]] std::vector<std::int64_t> committed(const std::string& topic) const {
    return committed_offsets(bootstrap_, group(), topic);
  }
  [[nodiscard]] std::size_t results() const { return read_topic(bootstrap_, daemon_.orders()).size(); }
  /// The reasons of all dead letters.
  [[nodiscard]] std::multiset<std::string> dead() const {
    std::multiset<std::string> reasons;
    for (const auto& letter : read_topic(bootstrap_, daemon_.dead_letters()))
      reasons.insert(letter.header("orders-reason").value_or("none"));
    return reasons;
  }
  /// Until the status gives that reason for not being ready.
  void await_trouble(const std::string& reason) {
    ASSERT_TRUE(wait_until(30s, [&] {
      const auto status = daemon_.get("/api/status");
      return status && status->dump().find(reason) != std::string::npos;
    })) << daemon_.log();
    EXPECT_FALSE(daemon_.ready());
  }

  void forget_offsets() {
    for (const auto& topic : {daemon_.payments(), daemon_.stock()})
      delete_committed_offsets(bootstrap_, group(), topic);
  }
  void add_a_partition() {
    for (const auto& topic : {daemon_.payments(), daemon_.stock(), daemon_.orders()}) {
      add_partitions(bootstrap_, topic, partitions + 1);
      ASSERT_TRUE(wait_until(30s, [&] { return partition_count(bootstrap_, topic) == partitions + 1; })) << topic;
    }
  }
  [[nodiscard]] std::filesystem::path marker() const {
    return std::filesystem::path(daemon_.setting("state.directory")) / group() / "join.run";
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  Daemon daemon_{"start", {{"kafka.bootstrap_servers", bootstrap_}}};
};

// --- its state

TEST_F(AStart, IsOverWhenAllWorkersRunAndNotBefore) {
  daemon_.set("stream.threads", "4");
  daemon_.start();
  std::optional<nlohmann::json> status;
  const auto says_running = [&] {
    status = daemon_.get("/api/status");
    return status && status->at("state") == "running";
  };
  ASSERT_TRUE(wait_until(30s, says_running, 1ms)) << daemon_.log();
  const auto& workers = status->at("join").at("workers");
  EXPECT_EQ(workers.size(), 4U);
  for (const auto& worker : workers) EXPECT_EQ(worker.at("state"), "running") << worker;
  EXPECT_EQ(daemon_.stop(), 0);
}

// --- cold starts

TEST_F(AStart, OnOffsetsOfAnotherToolReadsAgainWhatWaited) {
  write(daemon_.payments(), 1, 200, base);
  run_once();
  const auto there = committed(daemon_.payments());
  commit_offsets(bootstrap_, group(), daemon_.payments(), there);
  commit_offsets(bootstrap_, group(), daemon_.stock(), std::vector<std::int64_t>(partitions, 0));

  write(daemon_.stock(), 1, 200, base + 9'000);
  daemon_.start();
  ResultFollower(bootstrap_, daemon_.orders()).await(200, 60s);
  EXPECT_THAT(daemon_.log(), HasSubstr("cold start"));
  await_committed();
  EXPECT_EQ(results(), 200U);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(AStart, OnOffsetsOfAnotherToolPublishesNothingAgain) {
  write(daemon_.payments(), 1, 100, base);
  write(daemon_.stock(), 1, 100, base + 1'000);
  run_once();
  ASSERT_EQ(results(), 100U);
  for (const auto& topic : {daemon_.payments(), daemon_.stock()})
    commit_offsets(bootstrap_, group(), topic, committed(topic));
  write_both(101, 150, base + 2'000);
  daemon_.start();
  ResultFollower(bootstrap_, daemon_.orders()).await(150, 60s);
  await_committed();
  EXPECT_EQ(results(), 150U);
  EXPECT_TRUE(dead().empty());
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(AStart, AtLatestOfANewApplicationLeavesOutWhatWasThere) {
  daemon_.set("stream.start", "latest");
  write_both(1, 50, base);
  daemon_.start_and_await();
  await_committed();
  write_both(51, 60, base + 1'000);
  ResultFollower(bootstrap_, daemon_.orders()).await(10, 60s);
  await_committed();
  EXPECT_EQ(results(), 10U);
  EXPECT_EQ(daemon_.stop(), 0);
}

// --- changed settings

TEST_F(AStart, UnderAnotherWindowJoinsByItFromTheCommittedOffsetOn) {
  write(daemon_.payments(), 1, 20, base);
  run_once();
  daemon_.set("join.window", "PT2S");
  write(daemon_.stock(), 1, 20, base + 5'000);    // within the old window, not within the new one
  write(daemon_.payments(), 21, 40, base + 9'000);  // lets the stock records' window pass
  write(daemon_.stock(), 21, 40, base + 10'000);
  write_both(41, 42, base + 20'000);
  daemon_.start_and_await();
  ResultFollower(bootstrap_, daemon_.orders()).await(22, 60s);
  await_committed();
  EXPECT_EQ(results(), 22U);
  EXPECT_EQ(dead().count("unmatched"), 40U);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(AStart, UnderSettingsThatChangeAtEveryStartGoesOnWhereNothingWasReadBetween) {
  write(daemon_.payments(), 1, 20, base);
  run_once();
  for (const auto* window : {"PT2S", "PT3S", "PT10S", "PT6S"}) {
    daemon_.set("join.window", window);
    run_once();
  }
  write(daemon_.stock(), 1, 20, base + 5'000);
  daemon_.start_and_await();
  ResultFollower(bootstrap_, daemon_.orders()).await(20, 60s);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(AStart, UnderSettingsThatChangeAgainTooSoonIsRefusedAndWithTheOldOnesGoesOn) {
  write(daemon_.payments(), 1, 20, base);
  run_once();
  daemon_.set("join.window", "PT20S");
  write(daemon_.payments(), 21, 40, base + 1'000);
  run_once();
  daemon_.set("join.window", "PT5S");
  daemon_.start();
  const auto code = daemon_.wait(60s);
  ASSERT_TRUE(code);
  EXPECT_NE(*code, 0);
  EXPECT_THAT(daemon_.log(), HasSubstr("were changed again before the change before it has passed"));
  EXPECT_THAT(daemon_.log(), HasSubstr("until about PT1M19S more of the inputs' time have passed"));
  daemon_.set("join.window", "PT20S");
  write(daemon_.stock(), 1, 40, base + 1'000);
  daemon_.start_and_await();
  ResultFollower(bootstrap_, daemon_.orders()).await(40, 60s);
  EXPECT_EQ(daemon_.stop(), 0);
}

// --- gaps

TEST_F(AStart, BehindTheBeginningOfAnInputStopsThatPartitionAndNoOther) {
  write(daemon_.payments(), 1, 200, base);
  run_once();
  delete_records(bootstrap_, daemon_.payments(), 0, 50);  // they wait: the join needs them
  write(daemon_.stock(), 1, 200, base);
  daemon_.start();
  await_trouble("records are gone");
  ResultFollower(bootstrap_, daemon_.orders()).await(100, 60s);
  for (const auto& result : read_topic(bootstrap_, daemon_.orders())) EXPECT_EQ(result.partition, 1);
  EXPECT_EQ(committed(daemon_.stock())[0], 0) << "what a stopped partition has not done is not committed";
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(AStart, BeyondTheEndOfAnInputIsATopicMadeAnew) {
  write_both(1, 20, base);
  run_once();
  commit_offsets(bootstrap_, group(), daemon_.payments(), {100'000, 100'000});
  daemon_.start();
  await_trouble("the topic was made anew");
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(AStart, WithoutTheOffsetsOfOneInputIsAGap) {
  write_both(1, 20, base);
  run_once();
  delete_committed_offsets(bootstrap_, group(), daemon_.stock());
  daemon_.start();
  await_trouble("is gone, though this application has run before");
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_EQ(results(), 20U);
}

TEST_F(AStart, WithoutAnyOffsetsOfAnApplicationThatHasRunPublishesNothingAgain) {
  write_both(1, 20, base);
  run_once();
  forget_offsets();  // as the group's expiry does
  daemon_.start();
  await_trouble("is gone, though this application has run before");
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_EQ(results(), 20U);

  for (const auto& topic : {daemon_.payments(), daemon_.stock()})  // as docs/failures.md says
    commit_offsets(bootstrap_, group(), topic, end_offsets(bootstrap_, topic));
  write_both(21, 30, base + 1'000);
  daemon_.start_and_await();
  ResultFollower(bootstrap_, daemon_.orders()).await(30, 60s);
  await_committed();
  EXPECT_EQ(results(), 30U);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(AStart, WithoutTheOffsetsOfAPartitionThatHasRunStopsThatOneAndNoOther) {
  write_both(1, 20, base);
  run_once();
  forget_offsets();
  for (const auto& topic : {daemon_.payments(), daemon_.stock()})
    commit_offsets(bootstrap_, group(), topic, {end_offsets(bootstrap_, topic)[0]});
  write_both(21, 40, base + 1'000);
  daemon_.start();
  await_trouble("is gone, though this application has run before");
  ResultFollower(bootstrap_, daemon_.orders()).await(30, 60s);
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_EQ(results(), 30U);
}

TEST_F(AStart, WithoutOffsetsAndWithoutItsStateFolderIsAFirstStart) {
  write_both(1, 20, base);
  run_once();
  forget_offsets();
  std::filesystem::remove_all(daemon_.setting("state.directory"));
  daemon_.start_and_await();
  ResultFollower(bootstrap_, daemon_.orders()).await(40, 60s);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(AStart, AfterPartitionsWereAddedIsAGapUntilThatIsAccepted) {
  write_both(1, 20, base);
  run_once();
  add_a_partition();
  write_both(21, 40, base + 1'000);
  daemon_.start();
  await_trouble("has 3 partitions, and had 2 when the join ran last");
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_EQ(results(), 20U);

  std::filesystem::remove(marker());
  daemon_.start_and_await();
  ResultFollower(bootstrap_, daemon_.orders()).await(40, 60s);
  await_committed();
  EXPECT_EQ(results(), 40U);
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_TRUE(std::filesystem::exists(marker()));
}

TEST_F(AStart, IsNotNeededToTellOfPartitionsThatAreAdded) {
  daemon_.set("kafka.properties.topic.metadata.refresh.interval.ms", "500");
  write_both(1, 20, base);
  daemon_.start_and_await();
  await_committed();
  add_a_partition();
  await_trouble("partitions, and had 2 when the join ran last");
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_EQ(results(), 20U);
}

TEST_F(AStart, IsNotNeededForWhatRetentionEatsWhileItRuns) {
  write(daemon_.payments(), 1, 200, base);
  daemon_.start_and_await();
  await_committed();
  for (int p = 0; p < partitions; ++p) delete_records(bootstrap_, daemon_.payments(), p, 100);
  write(daemon_.stock(), 1, 200, base);  // what waits is in the buffer
  ResultFollower(bootstrap_, daemon_.orders()).await(200, 60s);
  EXPECT_EQ(daemon_.stop(), 0);
}

// --- a buffer that is full

TEST_F(AStart, WithMemoryThatIsFullReadsTheSideThatIsBehind) {
  daemon_.set("join.store", "memory");
  daemon_.set("join.memory", "1MiB");
  daemon_.set("stream.threads", "1");
  constexpr int orders = 20'000;
  write(daemon_.payments(), 1, orders, base);
  daemon_.start();
  await_trouble("the buffer is full (join.memory)");
  EXPECT_LT(join_figure(daemon_, "/waiting"), orders);
  write(daemon_.stock(), 1, orders, base + 1);
  ResultFollower(bootstrap_, daemon_.orders()).await(orders, 60s);
  // What has joined stays until its window has passed.
  write_both(orders + 1, orders + 2, base + 60'000);
  ResultFollower(bootstrap_, daemon_.orders()).await(orders + 2, 60s);
  ASSERT_TRUE(wait_until(30s, [&] { return daemon_.ready(); })) << daemon_.log();
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_TRUE(dead().empty());
}

}  // namespace
}  // namespace orders::test
