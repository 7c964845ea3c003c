#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <utility>

#include "../../support/damage.h"
#include "../../support/temp_folder.h"
#include "broker.h"
#include "kafka/admin.h"
#include "support/armed.h"
#include "view/view.h"

namespace orders::view {
namespace {

namespace fs = std::filesystem;
using State = ViewStatus::State;
using ::testing::HasSubstr;

void unfailing(const Error& error) { ADD_FAILURE() << "the view's thread is given up: " << error.text(); }

class TableViewTest : public ::testing::Test {
 protected:
  std::unique_ptr<TableView> start() { return must(TableView::start(broker_.options(), table_, unfailing)); }
  void produce(order::OrderId from, order::OrderId to, const std::string& value) {
    std::vector<kafka::OutputRecord> records;
    for (auto id = from; id < to; ++id) records.push_back(Broker::record(id, value));
    broker_.produce(records);
  }
  static bool shows(const TableView& view, std::uint64_t rows) {
    return test::wait_until(long_enough, [&] {
      const auto table = view.table();
      if (!table) return false;
      const auto count = table->count();
      return count && *count == rows;
    });
  }
  std::vector<fs::path> set_aside() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().filename().string().starts_with("table.corrupt-")) found.push_back(entry.path());
    }
    return found;
  }
  void damage_table() {
    bool any = false;
    for (const auto& entry : fs::directory_iterator(table_.path)) {
      if (entry.path().extension() != ".sst") continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file << std::string(fs::file_size(entry.path()) / 2, '#');
      any = true;
    }
    ASSERT_TRUE(any);
  }

  test::TempFolder folder_;
  Broker broker_;
  TableOptions table_{.path = folder_ / "table", .memory = 16ull << 20, .cache = 4ull << 20, .read_only = false};
};

TEST_F(TableViewTest, FoldsTheTopicAndFollowsIt) {
  produce(0, 100, "old");
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(*view->table()->count(), 100u);
  produce(50, 150, "new");
  broker_.produce({Broker::record(7, std::nullopt)});
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return view->status().read == 201; }));
  EXPECT_EQ(*view->table()->count(), 149u);
  EXPECT_EQ((*view->table()->get(50))->value, "new");
  EXPECT_EQ((*view->table()->get(49))->value, "old");
  EXPECT_FALSE(*view->table()->get(7));
  auto status = view->status();
  EXPECT_EQ(status.applied, 200u);
  EXPECT_EQ(status.tombstone, 1u);
  EXPECT_EQ(status.partitions.size(), 3u);
  EXPECT_TRUE(test::wait_until(long_enough, [&] { return view->status().lag() == 0; }));
  view->stop();
  EXPECT_EQ(view->status().state, State::stopped);
}

TEST_F(TableViewTest, ReadsOnlyWhatIsNewAfterARestart) {
  produce(0, 100, "old");
  {
    auto view = start();
    ASSERT_TRUE(becomes(*view, State::current));
  }
  produce(100, 110, "new");
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(view->status().read, 10u);
  EXPECT_EQ(*view->table()->count(), 110u);
  EXPECT_EQ(view->status().rebuilds, 0u);
}

TEST_F(TableViewTest, WaitsForAnOffset) {
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_FALSE(view->wait_for(1, 0, Milliseconds{50}));
  broker_.produce({Broker::record(1, "v")});
  EXPECT_TRUE(view->wait_for(1, 0, long_enough));
  EXPECT_TRUE(*view->table()->get(1));
}

TEST_F(TableViewTest, BuildsItselfAnewWhileItRunsWhenAskedFor) {
  produce(0, 30, "v");
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  view->rebuild();
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return view->status().rebuilds == 1; }));
  EXPECT_TRUE(shows(*view, 30));
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(view->status().read, 60u);
  EXPECT_TRUE(set_aside().empty());
  produce(30, 40, "v");
  EXPECT_TRUE(shows(*view, 40));
}

TEST_F(TableViewTest, BuildsAWipedFolderAnew) {
  produce(0, 30, "v");
  { ASSERT_TRUE(becomes(*start(), State::current)); }
  fs::remove_all(table_.path);
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(*view->table()->count(), 30u);
  EXPECT_EQ(view->status().rebuilds, 0u) << "there was nothing to be set aside";
}

TEST_F(TableViewTest, SetsACorruptTableAsideAndBuildsItAnew) {
  produce(0, 300, std::string(200, 'v'));
  { ASSERT_TRUE(becomes(*start(), State::current)); }
  fs::remove(table_.path / "CURRENT");
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(*view->table()->count(), 300u);
  EXPECT_EQ(view->status().rebuilds, 1u);
  EXPECT_EQ(set_aside().size(), 1u);
}

TEST_F(TableViewTest, SetsATableWithAGarbledCurrentOrATruncatedManifestAsideAndBuildsItAnew) {
  produce(0, 30, "v");
  { ASSERT_TRUE(becomes(*start(), State::current)); }
  const std::vector<std::pair<std::string, std::string>> damages = {
      {"CURRENT", "################"}, {"CURRENT", "MANIFEST-999999\n"}, {"MANIFEST-", ""}};
  std::size_t times = 0;
  for (const auto& [prefix, content] : damages) {
    SCOPED_TRACE(prefix + " " + content);
    for (const auto& entry : fs::directory_iterator(table_.path)) {
      if (entry.path().filename().string().starts_with(prefix)) std::ofstream(entry.path(), std::ios::trunc) << content;
    }
    auto view = start();
    ASSERT_TRUE(becomes(*view, State::current));
    EXPECT_EQ(*view->table()->count(), 30u);
    EXPECT_EQ(view->status().rebuilds, 1u);
    EXPECT_EQ(set_aside().size(), ++times);
  }
}

TEST_F(TableViewTest, SetsATableWithATruncatedFileAsideAndBuildsItAnew) {
  produce(0, 300, std::string(200, 'v'));
  { ASSERT_TRUE(becomes(*start(), State::current)); }
  for (const auto& file : test::files_like(table_.path, ".sst")) fs::resize_file(file, fs::file_size(file) / 2);
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(*view->table()->count(), 300u);
  EXPECT_EQ(view->status().rebuilds, 1u);
  EXPECT_EQ(set_aside().size(), 1u);
}

TEST_F(TableViewTest, BuildsTheTableAnewWhenAQueryMeetsDamage) {
  produce(0, 300, std::string(200, 'v'));
  { ASSERT_TRUE(becomes(*start(), State::current)); }
  damage_table();
  auto view = start();
  // The positions may be damaged as well; either way it is found out, by the view or by this query.
  auto table = view->table();
  if (table) (void)table->count();
  table.reset();
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return view->status().rebuilds == 1; }));
  ASSERT_TRUE(shows(*view, 300));
  EXPECT_EQ(set_aside().size(), 1u);
}

TEST_F(TableViewTest, ATableOfAnotherClusterIsBuiltAnew) {
  {
    auto table = must(Table::open(table_));
    must(table.set_identity({"another cluster", "orders"}));
    TableBatch batch;
    batch.put(999, 0, 0, {}, "of another cluster");
    must(table.write(batch));
  }
  produce(0, 5, "v");
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(view->status().rebuilds, 1u);
  EXPECT_EQ(*view->table()->count(), 5u);
  EXPECT_FALSE(*view->table()->get(999));
}

TEST_F(TableViewTest, APositionBeyondTheEndIsBuiltAnew) {
  {
    const auto admin = must(kafka::Admin::create(broker_.options().connection));
    auto table = must(Table::open(table_));
    must(table.set_identity({must(admin.cluster_id(long_enough)), "orders"}));
    TableBatch batch;
    batch.put(999, 0, 5'000, {}, "of the topic as it was before");
    batch.set_position({0, 5'001, wall_clock_now()});
    must(table.write(batch));
  }
  produce(0, 5, "v");
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(view->status().rebuilds, 1u);
  EXPECT_EQ(*view->table()->count(), 5u);
}

TEST_F(TableViewTest, ATableThatWasAwayForTooLongIsBuiltAnewOnlyIfItMissedSomething) {
  const auto admin = must(kafka::Admin::create(broker_.options().connection));
  produce(0, 5, "v");
  {
    auto table = must(Table::open(table_));
    must(table.set_identity({must(admin.cluster_id(long_enough)), "orders"}));
    TableBatch batch;
    batch.put(999, 0, 0, {}, "deleted since, and its deletion forgotten");
    batch.set_position({0, 1, wall_clock_now() - std::chrono::hours(25)});
    must(table.write(batch));
  }
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(view->status().rebuilds, 1u);
  EXPECT_FALSE(*view->table()->get(999));
}

TEST_F(TableViewTest, ASecondViewOfTheSameFolderIsRefused) {
  auto first = start();
  auto second = TableView::start(broker_.options(), table_, unfailing);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error_class, ErrorClass::refused);
}

TEST_F(TableViewTest, AMissingTopicIsWaitedForAndNamed) {
  auto options = broker_.options();
  options.topic = "not-there-yet";
  options.connection.embedded = true;  // the mock broker makes a topic when it is asked for by its name
  auto view = must(TableView::start(options, table_, unfailing));
  ASSERT_TRUE(is_degraded_by(*view, "not-there-yet"));
  EXPECT_TRUE(view->table()) << "what there is can be asked for";
}

TEST_F(TableViewTest, ABrokerThatIsAwayIsWaitedFor) {
  auto options = broker_.options();
  options.connection.bootstrap_servers = "127.0.0.1:1";
  auto view = must(TableView::start(options, table_, unfailing));
  EXPECT_TRUE(is_degraded_by(*view, "127.0.0.1:1"));
  view->stop();
}

TEST_F(TableViewTest, IsGivenUpWhenItThrowsAgainAndAgainAndTheNextOneHasLostNothing) {
  produce(0, 30, "v");
  std::promise<Error> failed;
  {
    const test::Armed armed("table.write.before=throw@*");
    auto view = must(TableView::start(broker_.options(), table_, [&](const Error& e) { failed.set_value(e); }));
    auto told = failed.get_future();
    ASSERT_EQ(told.wait_for(long_enough), std::future_status::ready);
    const auto error = told.get();
    EXPECT_EQ(error.error_class, ErrorClass::bug);
    EXPECT_THAT(error.message, HasSubstr("thread table failed 6 times in PT10M: failpoint table.write.before"));
  }
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(*view->table()->count(), 30u);
  EXPECT_EQ(view->status().rebuilds, 0u);
}

TEST_F(TableViewTest, CountsRecordsWithBadKeys) {
  auto bad = Broker::record(1, "v");
  bad.key = "short";
  broker_.produce({bad, Broker::record(2, "v")});
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(view->status().invalid, 1u);
  EXPECT_EQ(view->status().applied, 1u);
}

TEST_F(TableViewTest, ReadsALongBacklogWhole) {
  constexpr order::OrderId count = 30'000;
  for (order::OrderId id = 0; id < count; id += 5'000) produce(id, id + 5'000, std::string(100, 'v'));
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_EQ(*view->table()->count(), static_cast<std::uint64_t>(count));
  EXPECT_EQ(view->status().applied, static_cast<std::uint64_t>(count));
}

}  // namespace
}  // namespace orders::view
