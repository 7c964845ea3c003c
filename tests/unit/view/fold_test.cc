#include "view/fold.h"

#include <gtest/gtest.h>

#include "../../support/temp_folder.h"

namespace orders::view {
namespace {

constexpr auto int64_keys = config::KeyFormat::int64;

/// A fold onto a real table, record by record.
class TableFoldTest : public ::testing::Test {
 protected:
  void add(std::int64_t offset, order::OrderId id, std::optional<std::string_view> value, std::int32_t partition = 0) {
    key_ = order::encode_key(id, int64_keys);
    fold_.add({partition, offset, from_millis(1'000 + offset), key_, value});
  }
  Fates write() {
    EXPECT_TRUE(table_.write(fold_.finish()));
    return fold_.written();
  }
  std::map<std::int32_t, std::int64_t> stored() {
    std::map<std::int32_t, std::int64_t> positions;
    const auto found = *table_.positions();
    for (const auto& position : found) positions[position.partition] = position.next_offset;
    return positions;
  }

  test::TempFolder folder_;
  Table table_ = std::move(*Table::open({.path = folder_ / "table"}));
  TableFold fold_{int64_keys, {}};
  std::string key_;
};

TEST_F(TableFoldTest, PutsValuesUnparsedAndMovesThePosition) {
  add(0, 1, "{}");
  add(1, 2, "not json");
  auto fates = write();
  EXPECT_EQ(fates.read, 2u);
  EXPECT_EQ(fates.applied, 2u);
  EXPECT_EQ((*table_.get(2))->value, "not json");
  EXPECT_EQ((*table_.get(2))->timestamp, from_millis(1'001));
  EXPECT_EQ(stored(), (std::map<std::int32_t, std::int64_t>{{0, 2}}));
}

TEST_F(TableFoldTest, NullValuesDelete) {
  add(0, 1, "v");
  write();
  add(1, 1, std::nullopt);
  auto fates = write();
  EXPECT_EQ(fates.tombstone, 1u);
  EXPECT_EQ(fates.applied, 0u);
  EXPECT_FALSE(*table_.get(1));
}

TEST_F(TableFoldTest, KeysThatAreNotIdsAreInvalidAndPassed) {
  fold_.add({0, 0, {}, "short", "v"});
  fold_.add({0, 1, {}, std::nullopt, "v"});
  auto fates = write();
  EXPECT_EQ(fates.invalid, 2u);
  EXPECT_EQ(fates.read, 2u);
  EXPECT_EQ(*table_.count(), 0u);
  EXPECT_EQ(stored().at(0), 2);
}

TEST_F(TableFoldTest, EveryRecordHasOneFate) {
  add(0, 1, "v");
  add(1, 1, std::nullopt);
  fold_.add({0, 2, {}, "bad", "v"});
  add(3, 2, "v");
  auto fates = write();
  EXPECT_EQ(fates.read,
            fates.applied + fates.superseded + fates.tombstone + fates.missing + fates.invalid + fates.failed);
  EXPECT_EQ(fates.read, 4u);
}

TEST_F(TableFoldTest, RecordsBelowThePositionWereFoldedBefore) {
  fold_ = TableFold(int64_keys, std::vector<TablePosition>{{0, 10, {}}});
  add(9, 1, "old");
  EXPECT_EQ(fold_.records(), 0u);
  EXPECT_TRUE(fold_.finish().empty());
  add(10, 1, "next");
  add(10, 1, "again");
  EXPECT_EQ(write().read, 1u);
  EXPECT_EQ((*table_.get(1))->value, "next");
}

TEST_F(TableFoldTest, PartitionsHavePositionsOfTheirOwn) {
  add(4, 1, "v", 0);
  add(2, 2, "v", 1);
  write();
  add(5, 3, "v", 0);
  write();
  EXPECT_EQ(stored(), (std::map<std::int32_t, std::int64_t>{{0, 6}, {1, 3}}));
}

TEST_F(TableFoldTest, AnEndBehindTheLastRecordMovesThePositionAndIsDated) {
  add(0, 1, "v");
  fold_.at_end(0, 2, from_millis(99));  // a transaction's mark stands at 1
  EXPECT_EQ(write().read, 1u);
  auto position = table_.positions()->at(0);
  EXPECT_EQ(position.next_offset, 2);
  EXPECT_EQ(position.end_seen, from_millis(99));
  add(2, 1, "w");
  write();
  EXPECT_EQ(table_.positions()->at(0).end_seen, from_millis(99)) << "kept while new records come";
}

TEST_F(TableFoldTest, ABatchStartsEmptyAfterItWasWritten) {
  add(0, 1, "v");
  write();
  EXPECT_EQ(fold_.records(), 0u);
  EXPECT_TRUE(fold_.finish().empty());
  EXPECT_EQ(fold_.written().read, 0u);
}

TEST_F(TableFoldTest, NamesTheRecordsOfABatchToWhoFollowsThem) {
  add(0, 1, "v");
  EXPECT_TRUE(fold_.followed().empty());
  fold_.follow(true);
  add(1, 2, "v");
  add(2, 2, std::nullopt);
  fold_.add({1, 7, {}, "short", "v"});
  ASSERT_EQ(fold_.followed().size(), 3u);
  EXPECT_EQ(fold_.followed()[0].order, 2);
  EXPECT_EQ(fold_.followed()[0].offset, 1);
  EXPECT_EQ(fold_.followed()[0].fate, "applied");
  EXPECT_EQ(fold_.followed()[1].fate, "deleted");
  EXPECT_EQ(fold_.followed()[2].order, std::nullopt);
  EXPECT_EQ(fold_.followed()[2].partition, 1);
  EXPECT_EQ(fold_.followed()[2].fate, "invalid");
  write();
  EXPECT_TRUE(fold_.followed().empty());
}

TEST(TableFold, ReadsStringKeys) {
  TableFold fold(config::KeyFormat::string, {});
  fold.add({0, 0, {}, "42", "v"});
  fold.add({0, 1, {}, "042", "v"});
  (void)fold.finish();
  auto fates = fold.written();
  EXPECT_EQ(fates.applied, 1u);
  EXPECT_EQ(fates.invalid, 1u);
}

}  // namespace
}  // namespace orders::view
