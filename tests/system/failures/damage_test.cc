// State that is damaged, or not of this topic any more: what can be made again is built anew by the daemon as it runs,
// what can't stops it with what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/damage.h"
#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"
#include "table/table.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

constexpr int partitions = 4;

class DamagedTable : public testing::Test {
 protected:
  void create_topics_with(const std::map<std::string, std::string>& orders_config) {
    for (const auto& topic : {daemon_.payments(), daemon_.stock(), daemon_.dead_letters()})
      create_topic(bootstrap_, topic, partitions);
    create_topic(bootstrap_, daemon_.orders(), partitions, orders_config);
  }
  /// As the join has published them.
  void publish(int first, int count) {
    LogWriter writer(bootstrap_);
    const std::string large(1'000, 'x');
    for (int id = first; id < first + count; ++id) {
      writer.write(answer(daemon_.orders(), id % partitions, id, "CONFIRMED", 1'700'000'000'000, large));
    }
    writer.flush();
  }
  void expect_rows(int count) {
    EXPECT_TRUE(wait_until(60s, [&] {
      const auto counted = daemon_.get("/api/orders/store/count");
      return counted && counted->at("count") == count;
    })) << daemon_.log();
  }
  void run_once(int rows) {
    daemon_.start_and_await();
    expect_rows(rows);
    ASSERT_EQ(daemon_.stop(), 0);
  }
  void expect_built_anew(const std::string& why) {
    const auto status = daemon_.get("/api/status");
    ASSERT_TRUE(status);
    EXPECT_EQ(status->at("/views/table/rebuilds"_json_pointer), 1);
    const auto aside = files_like(state_, "table.corrupt-");
    ASSERT_EQ(aside.size(), 1u);
    EXPECT_THAT(slurp(aside.front() / "WHY"), HasSubstr(why));
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  Daemon daemon_{"damage", {{"kafka.bootstrap_servers", bootstrap_}}};
  const std::filesystem::path state_ =
      std::filesystem::path(daemon_.setting("state.directory")) / daemon_.setting("application_id");
};

TEST_F(DamagedTable, ABlockThatAQueryMeetsIsA503AndTheTableIsBuiltAnewByTheSameProcess) {
  create_topics_with({});
  publish(0, 300);
  run_once(300);
  EXPECT_EQ(daemon_.ctl({"state", "verify"}).exit_code, 0);
  int flipped = 0;
  for (const auto& file : files_like(state_ / "table", ".sst")) {
    if (std::filesystem::file_size(file) < 50'000) continue;  // positions, which the view reads itself
    flip_bit(file);
    ++flipped;
  }
  ASSERT_GT(flipped, 0);
  const auto verified = daemon_.ctl({"state", "verify"});
  EXPECT_EQ(verified.exit_code, 1) << verified.text();
  EXPECT_THAT(verified.out, AllOf(HasSubstr(".sst: "), HasSubstr("checksum")));

  daemon_.start_and_await();
  const auto pid = daemon_.process().pid();
  const auto list = daemon_.ctl({"state", "list", "--limit", "1000"});
  EXPECT_EQ(list.exit_code, 4) << list.text();
  EXPECT_THAT(list.err, HasSubstr("built anew"));
  expect_rows(300);
  expect_built_anew("checksum");
  EXPECT_EQ(daemon_.process().pid(), pid);
  EXPECT_EQ(daemon_.ctl({"state", "verify"}).exit_code, 0) << "beside the daemon";
  EXPECT_EQ(daemon_.stop(), 0);
  const auto sound = daemon_.ctl({"state", "verify", "--against-ends"});
  EXPECT_EQ(sound.exit_code, 0) << sound.text();
}

TEST_F(DamagedTable, OfATopicThatWasDeletedAndMadeAnewIsBuiltAnew) {
  create_topics_with({});
  publish(0, 40);
  run_once(40);
  delete_topic(bootstrap_, daemon_.orders());
  ASSERT_TRUE(wait_until(30s, [&] { return partition_count(bootstrap_, daemon_.orders()) == 0; }));
  create_topic(bootstrap_, daemon_.orders(), partitions);
  publish(1'000, 8);
  EXPECT_EQ(daemon_.ctl({"state", "verify"}).exit_code, 0) << "its files are sound";
  const auto verified = daemon_.ctl({"state", "verify", "--against-ends"});
  EXPECT_EQ(verified.exit_code, 1) << verified.text();
  EXPECT_THAT(verified.out, HasSubstr("made anew"));
  daemon_.start_and_await();
  expect_rows(8);
  expect_built_anew("made anew");
  EXPECT_EQ(daemon_.stop(), 0);
}

/// Puts the time at which the end was last seen back, and adds an order that was deleted since.
void make_old(const std::filesystem::path& path, Milliseconds age, order::OrderId deleted) {
  auto table = table::Table::open({.path = path, .memory = 8ull << 20, .cache = 2ull << 20});
  ASSERT_TRUE(table) << table.error().text();
  auto positions = table->positions();
  ASSERT_TRUE(positions && !positions->empty());
  table::TableBatch batch;
  for (auto position : *positions) {
    position.end_seen = wall_clock_now() - age;
    batch.set_position(position);
  }
  batch.put(deleted, positions->front().partition, 0, {}, "{}");
  ASSERT_TRUE(table->write(batch));
}

TEST_F(DamagedTable, AwayFromTheEndForLongerThanDeletionsAreKeptIsBuiltAnew) {
  create_topics_with({{"cleanup.policy", "compact"}, {"delete.retention.ms", "600000"}});
  publish(0, 8);
  run_once(8);
  make_old(state_ / "table", 5min, 999);
  publish(8, partitions);
  daemon_.start_and_await();
  expect_rows(13);
  EXPECT_TRUE(files_like(state_, "corrupt").empty()) << "not that long yet";
  ASSERT_EQ(daemon_.stop(), 0);

  make_old(state_ / "table", 11min, 999);
  publish(12, partitions);
  daemon_.start_and_await();
  expect_rows(16);
  expect_built_anew("longer than deletions are kept");
  EXPECT_EQ(daemon_.ctl({"state", "get", "999"}).exit_code, 3);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST(DamagedEmbeddedDatabase, StopsTheStartForGoodAndIsLeftAsItIs) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("embedded", {{"kafka.bootstrap_servers", bootstrap}, {"database.backend", "embedded"}});
  create_topics(bootstrap, daemon);
  daemon.start_and_await();
  const auto order = daemon.ctl_json({"order", "create", "--customer", "7", "--item", "mug:2@12.50"});
  ASSERT_EQ(daemon.stop(), 0);
  const auto folder =
      std::filesystem::path(daemon.setting("state.directory")) / daemon.setting("application_id") / "database";
  const auto current = slurp(folder / "CURRENT");
  write_file(folder / "CURRENT", "################");
  const auto files = files_like(folder, "").size();

  daemon.start();
  EXPECT_EQ(daemon.wait(30s), 2) << daemon.log();
  EXPECT_THAT(daemon.log(), AllOf(HasSubstr(folder.string()), HasSubstr("docs/recovery.md")));
  EXPECT_EQ(files_like(folder, "").size(), files);
  const auto verified = daemon.ctl({"state", "verify"});
  EXPECT_EQ(verified.exit_code, 1) << verified.text();
  EXPECT_THAT(verified.out, AllOf(HasSubstr("database:"), HasSubstr("docs/recovery.md")));

  write_file(folder / "CURRENT", current);
  daemon.start_and_await();
  EXPECT_EQ(daemon.ctl({"order", "get", std::to_string(order.at("orderId").get<std::int64_t>())}).exit_code, 0);
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
