#include "table/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>

#include "../../support/temp_folder.h"

namespace orders::table {
namespace {

using test::TempFolder;
using ::testing::ElementsAre;

Table open_table(const std::filesystem::path& path, bool read_only = false) {
  auto table = Table::open({.path = path, .memory = 8ull << 20, .cache = 2ull << 20, .read_only = read_only});
  if (!table) throw std::runtime_error(table.error().text());
  return std::move(*table);
}

void put(Table& table, order::OrderId id, std::string_view value, std::int64_t offset = 7) {
  TableBatch batch;
  batch.put(id, 3, offset, from_millis(1'700'000'000'000), value);
  batch.set_position({3, offset + 1, from_millis(42)});
  ASSERT_TRUE(table.write(batch));
  EXPECT_TRUE(batch.empty());
}

std::vector<order::OrderId> ids(const Table::Page& page) {
  std::vector<order::OrderId> found;
  for (const auto& row : page.rows) found.push_back(row.id);
  return found;
}

TEST(Table, GivesBackTheRecordByteForByteWithWhereItStood) {
  TempFolder folder;
  auto table = open_table(folder / "table");
  const std::string bytes("\x00{not json\xff", 11);
  put(table, 5, bytes);
  auto row = *table.get(5);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->id, 5);
  EXPECT_EQ(row->partition, 3);
  EXPECT_EQ(row->offset, 7);
  EXPECT_EQ(row->timestamp, from_millis(1'700'000'000'000));
  EXPECT_EQ(row->value, bytes);
  EXPECT_FALSE(*table.get(6)) << "no such id";
}

TEST(Table, TheLastOfSeveralChangesInABatchStays) {
  TempFolder folder;
  auto table = open_table(folder / "table");
  TableBatch batch;
  batch.put(1, 0, 0, {}, "new");
  batch.put(1, 0, 1, {}, "confirmed");
  batch.put(2, 0, 2, {}, "new");
  batch.remove(2);
  ASSERT_TRUE(table.write(batch));
  EXPECT_EQ((*table.get(1))->value, "confirmed");
  EXPECT_FALSE(*table.get(2));
  EXPECT_EQ(*table.count(), 1u);
}

TEST(Table, ALargeBatchIsWrittenAsASmallOneIs) {
  TempFolder folder;
  auto table = open_table(folder / "table");
  put(table, 500, "before");
  put(table, 100'000, "before");
  TableBatch batch;
  const std::string padding(1'000, ' ');
  for (order::OrderId id = 9'999; id >= 0; --id) batch.put(id, 0, id, from_millis(id), std::to_string(id) + padding);
  batch.put(7, 1, 1, {}, "last");
  batch.remove(8);
  batch.remove(100'000);
  for (const std::int32_t partition : {3, 0, 1}) batch.set_position({partition, 10, from_millis(1)});
  batch.set_position({0, 20'000, from_millis(2)});
  ASSERT_TRUE(table.write(batch));
  EXPECT_TRUE(batch.empty());
  table.store().abandon();  // not flushed: a large batch is on the disk at once

  table = open_table(folder / "table");
  EXPECT_EQ(*table.count(), 9'999u);
  EXPECT_EQ((*table.get(500))->value, "500" + padding);
  EXPECT_EQ((*table.get(9'999))->offset, 9'999);
  EXPECT_EQ((*table.get(7))->value, "last");
  EXPECT_FALSE(*table.get(8));
  EXPECT_FALSE(*table.get(100'000));
  const auto positions = *table.positions();
  ASSERT_EQ(positions.size(), 3u);
  EXPECT_EQ(positions[0].next_offset, 20'000);
  EXPECT_EQ(positions[2].partition, 3);
}

TEST(Table, ListsByIdNegativeOnesFirstInPages) {
  TempFolder folder;
  auto table = open_table(folder / "table");
  for (order::OrderId id : std::vector<order::OrderId>{300, 5, -2, 70'000'000'000, 4}) put(table, id, "v");
  auto first = *table.list(std::nullopt, 2);
  EXPECT_THAT(ids(first), ElementsAre(-2, 4));
  EXPECT_EQ(first.next, 4);
  auto second = *table.list(first.next, 2);
  EXPECT_THAT(ids(second), ElementsAre(5, 300));
  auto third = *table.list(second.next, 2);
  EXPECT_THAT(ids(third), ElementsAre(70'000'000'000));
  EXPECT_EQ(third.next, std::nullopt);
  EXPECT_THAT(ids(*table.list(4, 100)), ElementsAre(5, 300, 70'000'000'000));
  EXPECT_THAT(ids(*table.list(std::numeric_limits<order::OrderId>::max(), 100)), ElementsAre());
}

TEST(Table, AFullLastPageHasNoNext) {
  TempFolder folder;
  auto table = open_table(folder / "table");
  for (order::OrderId id : {1, 2}) put(table, id, "v");
  EXPECT_EQ(table.list(std::nullopt, 2)->next, std::nullopt);
}

TEST(Table, CountsRowsOnlyAndEachOnce) {
  TempFolder folder;
  auto table = open_table(folder / "table");
  EXPECT_EQ(*table.count(), 0u);
  ASSERT_TRUE(table.set_identity({"cluster", "orders"}));
  for (int round = 0; round < 3; ++round) {
    for (order::OrderId id = 0; id < 100; ++id) put(table, id, "v");
    ASSERT_TRUE(table.store().flush());
  }
  EXPECT_EQ(*table.count(), 100u);
}

TEST(Table, KeepsPositionsAndIdentity) {
  TempFolder folder;
  {
    auto table = open_table(folder / "table");
    EXPECT_TRUE(table.positions()->empty());
    EXPECT_FALSE(*table.identity());
    put(table, 1, "v", 11);
    ASSERT_TRUE(table.set_identity({"cluster-id", "orders"}));
  }
  auto table = open_table(folder / "table");
  auto positions = *table.positions();
  ASSERT_EQ(positions.size(), 1u);
  EXPECT_EQ(positions[0].partition, 3);
  EXPECT_EQ(positions[0].next_offset, 12);
  EXPECT_EQ(positions[0].end_seen, from_millis(42));
  auto identity = *table.identity();
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->cluster_id, "cluster-id");
  EXPECT_EQ(identity->topic, "orders");
}

TEST(Table, CanBeReadBesideItsWriter) {
  TempFolder folder;
  auto writer = open_table(folder / "table");
  put(writer, 1, "flushed");
  ASSERT_TRUE(writer.store().flush());
  put(writer, 2, "in memory");
  auto reader = open_table(folder / "table", true);
  EXPECT_THAT(ids(*reader.list(std::nullopt, 10)), ElementsAre(1));
}

TEST(TableDeathTest, AfterKill9RowsAndPositionAgreeAndTheCountIsRight) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The second process runs this test again from its start: both must name the same folder.
  const auto path = std::filesystem::temp_directory_path() /
                    ("orders-table-kill-" + std::to_string(std::hash<std::string>{}(BINARY_DIR)));
  std::filesystem::remove_all(path);
  EXPECT_EXIT(
      {
        auto table = open_table(path);
        for (std::int64_t i = 0; i < 1'000; ++i) put(table, i, "v", i);
        if (!table.store().flush()) ::exit(1);
        for (std::int64_t i = 500; i < 2'000; ++i) put(table, i, "v", i + 500);
        ::kill(::getpid(), SIGKILL);
        ::pause();
      },
      ::testing::KilledBySignal(SIGKILL), "");
  {
    auto table = open_table(path);
    EXPECT_EQ(table.positions()->at(0).next_offset, 1'000);
    EXPECT_EQ(*table.count(), 1'000u);
    EXPECT_EQ((*table.get(999))->offset, 999);
  }
  std::filesystem::remove_all(path);
}

TEST(Table, DamageIsAGapAndIsRemembered) {
  TempFolder folder;
  {
    auto table = open_table(folder / "table");
    std::minstd_rand random(1);
    for (order::OrderId id = 0; id < 1'000; ++id) {
      std::string value(300, 'v');
      for (auto& c : value) c = static_cast<char>(random());  // does not compress: the file is about 300 kB
      put(table, id, value);
    }
    ASSERT_TRUE(table.store().flush());
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder / "table")) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100'000);
    file << std::string(20'000, '#');
  }
  auto opened = Table::open({.path = folder / "table"});
  ASSERT_TRUE(opened) << "the damage shows only when the rows are read: " << opened.error().text();
  EXPECT_FALSE(opened->damaged());
  auto counted = opened->count();
  ASSERT_FALSE(counted);
  EXPECT_EQ(counted.error().error_class, ErrorClass::gap);
  EXPECT_TRUE(opened->damaged());
}

TEST(Table, ARowThatIsNotOfTheFormatIsAGapAndKeptAsWhatWasMet) {
  TempFolder folder;
  auto table = open_table(folder / "table");
  put(table, 1, "v");
  rocks::Batch batch;
  batch.put("r" + order::sortable_key(2), "short");
  ASSERT_TRUE(table.store().write(batch));
  EXPECT_TRUE(table.get(1));
  EXPECT_EQ(table.damage(), "");
  for (const auto& error : {table.get(2).error(), table.list(std::nullopt, 10).error()}) {
    EXPECT_EQ(error.error_class, ErrorClass::gap);
    EXPECT_EQ(table.damage(), error.text());
  }
  EXPECT_TRUE(table.damaged());
}

TEST(Table, AStoreOfSomethingElseIsAGap) {
  TempFolder folder;
  {
    auto other = rocks::Store::open({.path = folder / "table"});
    ASSERT_TRUE(other);
    rocks::Batch batch;
    batch.put("x", "something else");
    ASSERT_TRUE(other->write(batch));
  }
  auto table = Table::open({.path = folder / "table"});
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().error_class, ErrorClass::gap);
}

TEST(Table, ALaterFormatIsAGapThatNamesIt) {
  TempFolder folder;
  {
    auto other = rocks::Store::open({.path = folder / "table"});
    ASSERT_TRUE(other);
    rocks::Batch batch;
    batch.put("mformat", "2");
    ASSERT_TRUE(other->write(batch));
  }
  auto table = Table::open({.path = folder / "table"});
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().error_class, ErrorClass::gap);
  EXPECT_THAT(table.error().message, ::testing::HasSubstr("format 2"));
}

}  // namespace
}  // namespace orders::table
