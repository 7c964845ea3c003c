// A table that is proven wrong, whoever finds it out.
#include "view/table_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/damage.h"
#include "support/temp_folder.h"

namespace orders::view {
namespace {

using ::testing::HasSubstr;

class Keeper : public ::testing::Test {
 protected:
  /// Two files of the same rows, each with one bit in its middle turned over.
  Keeper() {
    write_files();
    EXPECT_EQ(test::flip_bits_of_rows(options_.path), 2u);
  }
  void write_files() {
    auto table = Table::open(options_);
    ASSERT_TRUE(table) << table.error().text();
    for (int file = 0; file < 2; ++file) {
      TableBatch batch;
      for (order::OrderId id = 0; id < 300; ++id) batch.put(id, 0, id, {}, std::string(300, 'v'));
      batch.set_position({0, 300, {}});
      ASSERT_TRUE(table->write(batch));
      ASSERT_TRUE(table->store().flush());
    }
  }
  Table* ready() {
    auto ready = keeper_.ready();
    EXPECT_TRUE(ready) << ready.error().text();
    return ready ? *ready : nullptr;
  }
  /// The old one stands beside, with the reason; the new one is empty.
  void expect_built_anew() {
    auto* table = ready();
    ASSERT_NE(table, nullptr);
    EXPECT_EQ(*table->count(), 0u);
    EXPECT_TRUE(table->positions()->empty());
    EXPECT_EQ(board_.snapshot().rebuilds, 1u);
    const auto aside = test::files_like(folder_.path(), "table.corrupt-");
    ASSERT_EQ(aside.size(), 1u);
    EXPECT_THAT(*read_file(aside.front() / "WHY"), HasSubstr("checksum"));
  }

  test::TempFolder folder_{"keeper"};
  const TableOptions options_{.path = folder_ / "table", .memory = 16ull << 20, .cache = 4ull << 20};
  StatusBoard board_{"table"};
  TableKeeper keeper_{options_, board_};
};

TEST_F(Keeper, ReplacesATableInWhichAQueryHasMetADamagedBlock) {
  ASSERT_NE(ready(), nullptr) << "opening does not find it";
  auto queried = keeper_.get();
  Result<std::optional<table::TableRow>> row;
  for (order::OrderId id = 0; id < 300 && row; ++id) row = queried->get(id);
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().error_class, ErrorClass::gap);
  queried.reset();
  expect_built_anew();
}

TEST_F(Keeper, ReplacesATableInWhichTheRewritingOfFilesHasMetADamagedBlock) {
  auto* table = ready();
  ASSERT_NE(table, nullptr);
  ASSERT_FALSE(table->store().compact());
  TableBatch batch;
  batch.put(1, 0, 300, {}, "the next record");
  auto written = table->write(batch);
  ASSERT_FALSE(written) << "the view's next write is what tells it";
  EXPECT_EQ(written.error().error_class, ErrorClass::gap);
  (void)keeper_.failed(written.error());
  expect_built_anew();
}

TEST_F(Keeper, ReplacesATableWhenAskedForAndLeavesNothingOfIt) {
  ASSERT_NE(ready(), nullptr);
  const auto epoch = board_.epoch();
  keeper_.replace();
  auto* table = ready();
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(*table->count(), 0u);
  EXPECT_GT(board_.epoch(), epoch) << "what a query relied on is gone";
  EXPECT_EQ(board_.snapshot().rebuilds, 1u);
  EXPECT_TRUE(test::files_like(folder_.path(), "table.corrupt-").empty());
  EXPECT_EQ(ready(), table) << "once is enough";
}

}  // namespace
}  // namespace orders::view
