#include "table/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace orders::table {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class Verify : public ::testing::Test {
 protected:
  Verify() {
    TableBatch batch;
    for (order::OrderId id = -1; id < 3; ++id) batch.put(id, 1, 10 + id, from_millis(5), "v");
    batch.set_position({1, 13, from_millis(7)});
    batch.set_position({0, 0, {}});
    EXPECT_TRUE(table_.write(batch));
    EXPECT_TRUE(table_.set_identity({"cluster", "orders"}));
  }
  static Table open(const std::filesystem::path& path) {
    auto table = Table::open({.path = path, .memory = 8ull << 20, .cache = 2ull << 20});
    if (!table) throw std::runtime_error(table.error().text());
    return *std::move(table);
  }
  void put(const std::string& key, const std::string& value) {
    rocks::Batch batch;
    batch.put(key, value);
    ASSERT_TRUE(table_.store().write(batch));
  }
  std::vector<std::string> damaged() {
    std::vector<std::string> where;
    for (const auto& damage : check(table_.store()).damages.found) where.push_back(damage.where);
    return where;
  }

  test::TempFolder folder_;
  Table table_ = open(folder_ / "table");
};

TEST_F(Verify, TellsWhatASoundTableHolds) {
  const auto contents = check(table_.store());
  EXPECT_TRUE(contents.damages.empty());
  EXPECT_EQ(contents.rows, 4u);
  ASSERT_TRUE(contents.identity);
  EXPECT_EQ(contents.identity->cluster_id, "cluster");
  EXPECT_EQ(contents.identity->topic, "orders");
  ASSERT_EQ(contents.positions.size(), 2u);
  EXPECT_EQ(contents.positions[1].partition, 1);
  EXPECT_EQ(contents.positions[1].next_offset, 13);
  EXPECT_EQ(contents.positions[1].end_seen, from_millis(7));
}

TEST_F(Verify, NamesKeysAndValuesThatAreNotOfTheFormat) {
  put("short", "");
  put("rshort", std::string(20, '\0'));
  put("r12345678", "short");
  put("p123", std::string(16, '\0'));
  put("midentity", "no topic");
  EXPECT_THAT(damaged(), UnorderedElementsAre("key short", "key rshort", "key r12345678", "key p123", "identity"));
}

TEST_F(Verify, NamesNumbersThatCantBe) {
  TableBatch batch;
  batch.set_position({0, -5, {}});
  batch.put(70, 1, 13, {}, "at the position: it was never written with it");
  batch.put(71, 2, 0, {}, "of a partition without a position");
  batch.put(72, 1, -1, {}, "of no offset");
  ASSERT_TRUE(table_.write(batch));
  EXPECT_THAT(damaged(), UnorderedElementsAre("position of partition 0", "order 70", "order 71", "order 72"));
}

TEST_F(Verify, NamesAFormatThatItDoesNotKnow) {
  put("mformat", "2");
  const auto contents = check(table_.store());
  ASSERT_EQ(contents.damages.count(), 1u);
  EXPECT_THAT(contents.damages.found.front().what, HasSubstr("is 2"));
}

TEST_F(Verify, AStoreOfSomethingElseIsNoTable) {
  auto other = rocks::Store::open({.path = folder_ / "other"});
  ASSERT_TRUE(other);
  EXPECT_TRUE(check(*other).damages.empty()) << "a table that was not flushed yet";
  rocks::Batch batch;
  batch.put("r12345678", std::string(20, '\0'));
  ASSERT_TRUE(other->write(batch));
  const auto contents = check(*other);
  ASSERT_FALSE(contents.damages.empty());
  EXPECT_THAT(contents.damages.found.back().what, HasSubstr("no table"));
}

}  // namespace
}  // namespace orders::table
