// A state directory that can't be written, or fills up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/small_disk.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

void expect_refused(const std::string& name, const std::string& directory, ExitCode code) {
  Daemon daemon(name, {{"kafka.bootstrap_servers", shared_broker().bootstrap()}, {"state.directory", directory}});
  create_topics(shared_broker().bootstrap(), daemon);
  daemon.start();
  EXPECT_EQ(daemon.wait(30s), code) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr(directory));
}

TEST(StateDirectory, OneBelowAFileIsRefusedByName) {
  TempFolder folder("file");
  write_file(folder / "file", "not a folder");
  expect_refused("no-folder", (folder / "file").string() + "/state", 2);
}

TEST(StateDirectory, ThatCannotBeMadeOnAReadOnlyDiskIsRefusedByName) {
  const SmallDisk disk;
  expect_refused("read-only", disk.read_only(), 1);  // a mount can change, so that systemd should try again
}

/// A daemon with its state on a small disk, and pairs of answers.
class OnASmallDisk : public testing::Test {
 protected:
  void start(const std::string& name, Settings settings = {}) {
    // Small write buffers, so that the stores have to write to the disk soon.
    settings.insert({{"kafka.bootstrap_servers", bootstrap_},
                     {"state.directory", disk_.path() / "state"},
                     {"state.memory", "8MiB"},
                     {"state.cache", "1MiB"},
                     {"stream.threads", "1"}});
    daemon_.emplace(name, settings);
    create_topics(bootstrap_, *daemon_);
    daemon_->start_and_await();
    writer_.emplace(bootstrap_);
  }

  void write_pairs(int count) {
    for (; count > 0; --count) {
      const auto id = static_cast<std::int64_t>(++pairs_);
      const auto partition = static_cast<std::int32_t>(id % 4);
      writer_->write(answer(daemon_->payments(), partition, id, "ACCEPT", 1'700'000'000'000 + id));
      writer_->write(
          answer(daemon_->stock(), partition, id, "ACCEPT", 1'700'000'000'000 + id, std::string(1'000, 'x')));
    }
    writer_->flush();
  }

  json status(const std::string& pointer = "") const {
    return daemon_->get("/api/status").value_or(json::object()).value(json::json_pointer(pointer), json());
  }
  bool is_in_the_table(std::size_t count) const {
    const auto answer = daemon_->get("/api/orders/store/count");
    return answer && answer->at("count") == count;
  }
  /// `part` is degraded, and says on which folder.
  bool is_degraded(const std::string& part, const std::string& what) const {
    const auto reason = status(part + "/reason").dump();
    return status(part + "/state") == "degraded" && reason.find(disk_.path().string()) != std::string::npos &&
           reason.find(what) != std::string::npos;
  }
  void expect_an_answered_query() {
    const auto row = daemon_->ctl({"state", "get", "1", "--output", "json"});
    EXPECT_EQ(row.exit_code, 0) << row.text();
    EXPECT_THAT(row.out, HasSubstr("CONFIRMED"));
  }
  /// Right after the cause has gone.
  void expect_recovery() {
    EXPECT_TRUE(wait_until(10s, [&] { return status("/state") == "running"; })) << status() << daemon_->log();
    EXPECT_TRUE(daemon_->running());
  }
  /// Each pair once, in the table too; nothing dead-lettered, nothing set aside.
  void expect_everything() {
    ResultFollower(bootstrap_, daemon_->orders()).await(pairs_, 60s);
    const auto results = by_order(results_only(read_topic(bootstrap_, daemon_->orders())));
    EXPECT_EQ(results.size(), pairs_);
    for (const auto& [id, values] : results) EXPECT_EQ(values.size(), 1U) << id;
    EXPECT_TRUE(read_topic(bootstrap_, daemon_->dead_letters()).empty());
    EXPECT_EQ(status("/views/table/rebuilds"), 0);
    EXPECT_EQ(status("/join/rebuilds"), 0);
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  SmallDisk disk_{64};
  std::optional<Daemon> daemon_;
  std::optional<LogWriter> writer_;
  std::size_t pairs_ = 0;
};

TEST_F(OnASmallDisk, TheTableWaitsForRoomWhileTheJoinGoesOnAndQueriesAreAnswered) {
  start("table");
  ResultFollower results(bootstrap_, daemon_->orders());
  write_pairs(100);
  ASSERT_TRUE(wait_until(30s, [&] { return is_in_the_table(100); })) << daemon_->log();
  const auto expect_course = [&](const std::string& what) {
    ASSERT_TRUE(wait_until(60s, [&] {
      write_pairs(1'000);
      results.await(pairs_, 60s);  // the join does not care
      return is_degraded("/views/table", what);
    })) << status() << daemon_->log();
    EXPECT_EQ(status("/state"), "degraded");
    expect_an_answered_query();
  };

  disk_.fill(daemon_->process());
  expect_course("");
  disk_.empty(daemon_->process());
  expect_recovery();
  if (disk_.is_mounted()) {
    disk_.make_read_only();
    expect_course("Read-only file system");
    disk_.make_writable();
    expect_recovery();
  }
  expect_everything();
  EXPECT_TRUE(wait_until(60s, [&] { return is_in_the_table(pairs_); })) << daemon_->log();
  EXPECT_EQ(daemon_->stop(), 0);
}

TEST_F(OnASmallDisk, TheJoinsBufferWaitsForRoomAndLosesNothing) {
  start("buffer", {{"join.store", "disk"}});
  write_pairs(100);
  ASSERT_TRUE(wait_until(30s, [&] { return is_in_the_table(100); })) << daemon_->log();

  disk_.fill(daemon_->process());
  const auto degraded = [&] {
    write_pairs(100);
    return is_degraded("/join/workers/0", "join");
  };
  ASSERT_TRUE(wait_until(60s, degraded, 200ms)) << status() << daemon_->log();
  expect_an_answered_query();
  write_pairs(100);

  disk_.empty(daemon_->process());
  expect_recovery();
  expect_everything();
  EXPECT_TRUE(wait_until(60s, [&] { return is_in_the_table(pairs_); })) << daemon_->log();
  EXPECT_EQ(daemon_->stop(), 0);
}

TEST_F(OnASmallDisk, TheEmbeddedDatabaseTakesNoOrdersWithoutRoomAndThenGoesOn) {
  start("embedded", {{"database.backend", "embedded"}});
  const std::vector<std::string> create = {"order", "create", "--customer", "7", "--item", "mug:2@12.50"};
  daemon_->ctl_ok(create);

  disk_.fill(daemon_->process());
  Output refused;
  ASSERT_TRUE(wait_until(60s, [&] {  // what was set aside for its log has to be used up first
    (void)daemon_->ctl({"order", "create", "--batch", "-"}, batch_of_orders(2'000));
    refused = daemon_->ctl(create);
    return refused.err.find("nothing was saved") != std::string::npos;
  })) << refused.text() << daemon_->log();
  EXPECT_EQ(refused.exit_code, 4) << refused.text();  // as 503 is shown
  EXPECT_TRUE(wait_until(30s, [&] { return is_degraded("/intake", "database"); })) << status();
  const auto earlier = daemon_->ctl_lines({"order", "list", "--limit", "1"});
  EXPECT_EQ(earlier.size(), 1U) << "what can be read is";

  disk_.empty(daemon_->process());
  expect_recovery();
  daemon_->ctl_ok(create);
  ASSERT_TRUE(wait_until(30s, [&] { return status("/intake/outbox") == 0; })) << status();
  const auto saved = daemon_->ctl_lines({"order", "list", "--limit", "100000"});
  const auto announced = by_order(read_topic(bootstrap_, daemon_->orders()));
  EXPECT_EQ(announced.size(), saved.size());
  for (const auto& [id, values] : announced) EXPECT_EQ(values.size(), 1U) << id;
  EXPECT_TRUE(read_topic(bootstrap_, daemon_->dead_letters()).empty());
  EXPECT_EQ(daemon_->stop(), 0);
}

TEST_F(OnASmallDisk, AStartWaitsForRoomAndForAMountThatCanBeWritten) {
  if (!disk_.is_mounted()) GTEST_SKIP() << "needs the permission to mount a file system";
  start("start");
  write_pairs(100);
  ASSERT_TRUE(wait_until(30s, [&] { return is_in_the_table(100); })) << daemon_->log();
  const auto marker = disk_.path() / "state" / daemon_->setting("application_id") / "join.run";
  for (const bool full : {true, false}) {
    ASSERT_EQ(daemon_->stop(), 0);
    ASSERT_TRUE(std::filesystem::remove(marker));  // which is to be written again
    full ? disk_.fill(daemon_->process()) : disk_.make_read_only();
    daemon_->start();
    ASSERT_TRUE(wait_until(30s, [&] {
      return is_degraded("/views/table", "table") && is_degraded("/join/workers/0", "join.run");
    })) << status() << daemon_->log();
    EXPECT_FALSE(daemon_->ready());

    full ? disk_.empty(daemon_->process()) : disk_.make_writable();
    expect_recovery();
    EXPECT_TRUE(std::filesystem::exists(marker));
    write_pairs(100);
    expect_everything();
    EXPECT_TRUE(wait_until(30s, [&] { return is_in_the_table(pairs_); })) << daemon_->log();
  }
  EXPECT_EQ(daemon_->stop(), 0);
}

}  // namespace
}  // namespace orders::test
