// `replay reset` of the stopped join: to a place, and past each gap that docs/failures.md lists.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/views.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;

constexpr std::int64_t base = 1'700'000'000'000;  // 2023-11-14T22:13:20Z
constexpr int partitions = 2;

class Reset : public testing::Test {
 protected:
  explicit Reset(const Settings& settings = {})
      : daemon_("reset", with({{"kafka.bootstrap_servers", shared_broker().bootstrap()}}, settings)) {
    create_topics(bootstrap_, daemon_, partitions);
  }

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
  /// Runs the daemon until everything on the inputs is committed, and `results` of them are on `orders`.
  void run_until(std::size_t results) {
    daemon_.start_and_await();
    ResultFollower(bootstrap_, daemon_.orders()).await(results, 60s);
    await_committed();
    ASSERT_EQ(daemon_.stop(), 0);
    EXPECT_EQ(read_topic(bootstrap_, daemon_.orders()).size(), results);
  }
  void run_into(const std::string& gap) {
    daemon_.start();
    ASSERT_TRUE(wait_until(60s, [&] {
      const auto status = daemon_.get("/api/status");
      return status && status->dump().find(gap) != std::string::npos;
    })) << daemon_.log();
    ASSERT_EQ(daemon_.stop(), 0);
  }
  /// A daemon that was stopped while it joined stays in the group for its session.
  [[nodiscard]] Output reset(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"replay", "reset", "--wait", "PT30S"});
    return daemon_.ctl(arguments);
  }
  std::string reset_ok(std::vector<std::string> arguments) const {
    arguments.push_back("--execute");
    const auto output = reset(arguments);
    EXPECT_EQ(output.exit_code, 0) << output.text();
    return output.out;
  }
  /// Accepts, says so, and has nothing more to accept.
  void accept(const std::string& what) {
    EXPECT_THAT(reset_ok({"--accept-gap"}), AllOf(HasSubstr(what), HasSubstr("done")));
    EXPECT_THAT(reset_ok({"--accept-gap"}), HasSubstr("nothing to do"));
  }
  [[nodiscard]] std::vector<std::int64_t> committed(const std::string& topic) const {
    return committed_offsets(bootstrap_, daemon_.setting("application_id"), topic);
  }
  void forget(const std::string& topic) {
    delete_committed_offsets(bootstrap_, daemon_.setting("application_id"), topic);
  }
  [[nodiscard]] std::filesystem::path marker() const {
    return std::filesystem::path(daemon_.setting("state.directory")) / daemon_.setting("application_id") / "join.run";
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  Daemon daemon_;
};

// --- to a place

TEST_F(Reset, IsRefusedWhileTheApplicationRunsAndWithoutExecuteAndThenNothingHasChanged) {
  write_both(1, 20, base);
  daemon_.start_and_await();
  await_committed();
  const auto before = committed(daemon_.payments());
  const auto running = daemon_.ctl({"replay", "reset", "--to", "earliest", "--execute"});
  EXPECT_EQ(running.exit_code, 5) << running.text();
  EXPECT_THAT(running.err, AllOf(HasSubstr("member"), HasSubstr("one-0"), HasSubstr("--wait")));
  EXPECT_EQ(running.out, "");
  ASSERT_EQ(daemon_.stop(), 0);

  const auto plan = reset({"--to", "earliest"});
  EXPECT_EQ(plan.exit_code, 5) << plan.text();
  EXPECT_THAT(plan.out, AllOf(HasSubstr(daemon_.payments()), HasSubstr("10 again")));
  EXPECT_THAT(plan.err, HasSubstr("--execute"));
  const auto shown = reset({"--to", "earliest", "--partition", "1", "--output", "json"});
  EXPECT_EQ(shown.exit_code, 5) << shown.text();
  const auto parsed = json::parse(shown.out);
  EXPECT_EQ(parsed.at("done"), false);
  ASSERT_EQ(parsed.at("steps").size(), 2u);
  EXPECT_EQ(parsed.at("steps")[0].at("partition"), 1);
  EXPECT_EQ(parsed.at("steps")[0].at("from"), before[1]);
  EXPECT_EQ(parsed.at("steps")[0].at("to"), 0);
  EXPECT_EQ(committed(daemon_.payments()), before);
  run_until(20);
}

TEST_F(Reset, ToTheEndLeavesOutWhatHasComeSince) {
  write_both(1, 20, base);
  run_until(20);
  write_both(21, 30, base + 60'000);
  EXPECT_THAT(reset_ok({"--to", "latest"}), HasSubstr("5 left out"));
  write_both(31, 40, base + 120'000);
  run_until(30);
}

TEST_F(Reset, OfOneInputToAnOffsetMovesThatOneAlone) {
  write_both(1, 20, base);
  run_until(20);
  const auto payments = committed(daemon_.payments());
  EXPECT_EQ(reset({"--to", "99", "--topic", daemon_.stock(), "--partition", "0", "--execute"}).exit_code, 2);
  reset_ok({"--to", "4", "--topic", daemon_.stock(), "--partition", "0"});
  EXPECT_EQ(committed(daemon_.payments()), payments);
  EXPECT_EQ(committed(daemon_.stock())[0], 4);
  run_until(26);  // the stock records from 4 on of partition 0 meet their payments again
}

TEST_F(Reset, ToWhereItStandsLetsSettingsChangeThatWereChangedTooSoon) {
  write(daemon_.payments(), 1, 20, base);
  run_until(0);
  daemon_.set("join.window", "PT20S");
  write(daemon_.payments(), 21, 40, base + 1'000);
  run_until(0);
  daemon_.set("join.window", "PT5S");
  daemon_.start();
  ASSERT_TRUE(daemon_.wait(60s));
  EXPECT_THAT(daemon_.log(), HasSubstr("replay reset --to current"));
  reset_ok({"--to", "current"});
  write(daemon_.stock(), 1, 40, base + 1'000);
  run_until(40);
}

struct OwnDatabase {
  PostgresDatabase database_;
};

/// With both views. The database comes first: the daemon's configuration names it.
class ResetWithViews : protected OwnDatabase, public Reset {
 protected:
  ResetWithViews() : Reset({{"database.backend", "postgresql"}, {"database.url", database_.url()}}) {
    daemon_.ctl_ok({"db", "migrate"});
  }
};

TEST_F(ResetWithViews, ToATimeProducesAgainWhatLiesBehindIt) {
  write_both(1, 20, base);
  write_both(21, 50, base + 60'000);
  run_until(50);
  reset_ok({"--to", "2023-11-14T22:13:50Z"});
  EXPECT_EQ(committed(daemon_.payments()), (std::vector<std::int64_t>{10, 10}));
  EXPECT_EQ(committed(daemon_.stock()), (std::vector<std::int64_t>{10, 10}));
  daemon_.start_and_await();
  ResultFollower(bootstrap_, daemon_.orders()).await(80, 60s);
  await_committed();
  EXPECT_THAT(daemon_.log(), HasSubstr("cold start"));
  for (const auto& [id, results] : by_order(read_topic(bootstrap_, daemon_.orders()))) {
    EXPECT_EQ(results.size(), id <= 20 ? 1u : 2u) << id;
    EXPECT_THAT(results, Each(results.front())) << id;
  }
  EXPECT_TRUE(read_topic(bootstrap_, daemon_.dead_letters()).empty());
  expect_views_equal_the_topic(bootstrap_, daemon_, 50);
  EXPECT_EQ(daemon_.stop(), 0);
}

// --- past the gaps

TEST_F(Reset, PastRecordsThatRetentionHasEatenGoesOnWithWhatIsThere) {
  write(daemon_.payments(), 1, 100, base);
  run_until(0);
  delete_records(bootstrap_, daemon_.payments(), 0, 20);  // they wait: the join needs them
  write(daemon_.stock(), 1, 100, base);
  run_into("replay reset --accept-gap");
  accept("records 0..19 are gone");
  run_until(80);
}

TEST_F(Reset, PastOffsetsThatAreGoneBeginsWithWhatTheInputsHold) {
  write_both(1, 20, base);
  run_until(20);
  for (const auto& topic : {daemon_.payments(), daemon_.stock()}) forget(topic);
  run_into("is gone, though this application has run before");
  accept("the committed offset is gone");
  run_until(40);
}

TEST_F(Reset, PastTheOffsetsOfOneInputBeginsThatOneAnew) {
  write_both(1, 20, base);
  run_until(20);
  forget(daemon_.stock());
  run_into("is gone, though this application has run before");
  accept("stays where it is");
  run_until(40);
}

TEST_F(Reset, PastATopicThatIsShorterReadsItFromItsBegin) {
  write_both(1, 20, base);
  run_until(20);
  commit_offsets(bootstrap_, daemon_.setting("application_id"), daemon_.payments(), {100'000, 100'000});
  run_into("the topic was made anew");
  accept("the topic was made anew");
  run_until(40);
}

TEST_F(Reset, PastALogThatIsNotWhatItWasTakesThePartitionsName) {
  write(daemon_.payments(), 1, 20, base);
  LogWriter writer(bootstrap_);
  writer.write(answer(daemon_.payments(), 0, 22, "ACCEPT", base + 1'000, std::string(2'000, 'x')));
  writer.flush();
  run_until(0);
  daemon_.set("limits.record", "1KiB");  // the last one moves no stream time any more
  run_into("is not what it was when offset");
  EXPECT_THAT(reset_ok({"--accept-gap"}), HasSubstr("nothing to do")) << "from outside nothing is wrong";
  EXPECT_THAT(reset_ok({"--accept-gap", "--partition", "0"}), HasSubstr("no gap can be seen"));
  write(daemon_.stock(), 1, 20, base);
  run_until(20);
}

TEST_F(Reset, PastPartitionsThatWereAddedForgetsThatItRanWithFewer) {
  write_both(1, 20, base);
  run_until(20);
  for (const auto& topic : {daemon_.payments(), daemon_.stock(), daemon_.orders()}) {
    add_partitions(bootstrap_, topic, partitions + 1);
  }
  write_both(21, 40, base + 1'000);
  run_into("has 3 partitions, and had 2 when the join ran last");
  const auto refused = reset({"--to", "latest", "--execute"});
  EXPECT_EQ(refused.exit_code, 5) << refused.text();
  EXPECT_THAT(refused.err, HasSubstr("--accept-gap"));
  ASSERT_TRUE(std::filesystem::exists(marker()));
  accept(marker().string());
  EXPECT_FALSE(std::filesystem::exists(marker()));
  run_until(40);
}

}  // namespace
}  // namespace orders::test
