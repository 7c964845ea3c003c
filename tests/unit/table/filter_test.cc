#include "table/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "table/json.h"
#include "table/table.h"

namespace orders::table {
namespace {

using ::testing::ElementsAre;

TEST(Members, AreThoseOfTheObjectItselfInAnyOrder) {
  const auto members = members_of(
      R"( {"items":[{"status":"inner"}],"source":"PAYMENT","x":{"source":1},"customerId":7,"status":"ROLLBACK"} )");
  EXPECT_EQ(members.status, "ROLLBACK");
  EXPECT_EQ(members.source, "PAYMENT");
  EXPECT_EQ(members.customer_id, 7);
}

TEST(Members, OfAnotherKindAreNotThere) {
  const auto members = members_of(R"({"status":1,"source":null,"customerId":"7"})");
  EXPECT_EQ(members.status, std::nullopt);
  EXPECT_EQ(members.source, std::nullopt);
  EXPECT_EQ(members.customer_id, std::nullopt);
  EXPECT_EQ(members_of(R"({"customerId":7.0})").customer_id, std::nullopt);
}

TEST(Members, EscapesAreReadAsWhatTheyStandFor) {
  EXPECT_EQ(members_of(R"({"status":"NE\u0057"})").status, "NEW");
  EXPECT_EQ(members_of(R"({"status":"\ud800"})").status, std::nullopt) << "half a character";
}

TEST(Members, OfWhatIsNoJsonObjectAreNone) {
  for (const std::string_view value : {R"({"status":"NEW")", R"({"status":"NEW"} x)", R"({"status":"NEW",})", "[]", "7",
                                       "", R"({"status":["NEW"]})", "\xff{"}) {
    EXPECT_EQ(members_of(value).status, std::nullopt) << value;
  }
}

class Filtered : public ::testing::Test {
 protected:
  static Table open(const std::filesystem::path& path) {
    auto table = Table::open({.path = path, .memory = 16ull << 20, .cache = 4ull << 20});
    if (!table) throw std::runtime_error(table.error().text());
    return *std::move(table);
  }
  void put(order::OrderId id, std::string_view value, std::int64_t timestamp = 1'000) {
    TableBatch batch;
    batch.put(id, 0, id, from_millis(timestamp), value);
    ASSERT_TRUE(table_.write(batch));
  }
  std::vector<order::OrderId> ids(const Filter& filter) {
    std::vector<order::OrderId> found;
    const auto page = table_.list(std::nullopt, 100, filter);
    if (!page) throw std::runtime_error(page.error().text());
    for (const auto& row : page->rows) found.push_back(row.id);
    EXPECT_EQ(*table_.count(filter), found.size());
    return found;
  }

  test::TempFolder folder_;
  Table table_ = open(folder_ / "table");
};

TEST_F(Filtered, RowsMustFitAllThatIsAskedFor) {
  put(1, R"({"customerId":7,"status":"NEW","source":null})", 1'000);
  put(2, R"({"customerId":7,"status":"ROLLBACK","source":"PAYMENT"})", 2'000);
  put(3, R"({"customerId":8,"status":"ROLLBACK","source":"INVENTORY"})", 3'000);
  put(4, "not json", 4'000);
  EXPECT_THAT(ids({}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(ids({.status = "ROLLBACK", .source = {}, .customer_id = {}, .since = {}}), ElementsAre(2, 3));
  EXPECT_THAT(ids({.status = "ROLLBACK", .source = {}, .customer_id = 7, .since = {}}), ElementsAre(2));
  EXPECT_THAT(ids({.status = {}, .source = "INVENTORY", .customer_id = {}, .since = {}}), ElementsAre(3));
  EXPECT_THAT(ids({.status = {}, .source = {}, .customer_id = {}, .since = from_millis(3'000)}), ElementsAre(3, 4));
  EXPECT_THAT(ids({.status = "NEW", .source = {}, .customer_id = 8, .since = {}}), ElementsAre());
}

TEST_F(Filtered, APageLooksAtSoManyRowsAndTheNextGoesOnBehindThem) {
  TableBatch batch;
  const auto rows = static_cast<order::OrderId>(Table::most_seen) + 10;
  for (order::OrderId id = 1; id <= rows; ++id) batch.put(id, 0, id, {}, id == rows ? R"({"status":"NEW"})" : "{}");
  ASSERT_TRUE(table_.write(batch));
  const Filter filter{.status = "NEW", .source = {}, .customer_id = {}, .since = {}};
  const auto first = *table_.list(std::nullopt, 5, filter);
  EXPECT_TRUE(first.rows.empty());
  EXPECT_EQ(first.next, static_cast<order::OrderId>(Table::most_seen));
  const auto second = *table_.list(first.next, 5, filter);
  ASSERT_EQ(second.rows.size(), 1u);
  EXPECT_EQ(second.rows.front().id, rows);
  EXPECT_EQ(second.next, std::nullopt);
  EXPECT_EQ(*table_.count(filter), 1u);
}

TEST_F(Filtered, TheCursorOfAFullPageIsItsLastRow) {
  for (order::OrderId id = 1; id <= 6; ++id) put(id, id % 2 == 0 ? R"({"status":"NEW"})" : "{}");
  const Filter filter{.status = "NEW", .source = {}, .customer_id = {}, .since = {}};
  const auto first = *table_.list(std::nullopt, 2, filter);
  EXPECT_EQ(first.next, 4);
  const auto second = *table_.list(first.next, 2, filter);
  ASSERT_EQ(second.rows.size(), 1u);
  EXPECT_EQ(second.rows.front().id, 6);
}

TEST_F(Filtered, TheCursorOverAllRowsIsASnapshot) {
  put(-1, "a");
  put(5, "b");
  auto cursor = table_.rows();
  put(3, "later");
  std::vector<order::OrderId> seen;
  for (; cursor.valid(); cursor.next()) seen.push_back(cursor.row().id);
  EXPECT_TRUE(cursor.status());
  EXPECT_THAT(seen, ElementsAre(-1, 5));
}

TEST_F(Filtered, ARowThatCantBeDecodedEndsTheWalkWithAnError) {
  put(1, "a");
  rocks::Batch batch;
  batch.put("r" + order::sortable_key(2), "short");
  ASSERT_TRUE(table_.store().write(batch));
  auto cursor = table_.rows(1);
  EXPECT_FALSE(cursor.valid());
  ASSERT_FALSE(cursor.status());
  EXPECT_EQ(cursor.status().error().error_class, ErrorClass::gap);
}

TEST_F(Filtered, StatsTellSizesAndPositionsAsJson) {
  TableBatch batch;
  for (order::OrderId id = 0; id < 1'000; ++id) batch.put(id, 1, id, {}, std::string(100, 'v'));
  batch.set_position({1, 1'000, from_millis(42)});
  ASSERT_TRUE(table_.write(batch));
  EXPECT_GT(table_.stats()->store.unflushed_bytes, 100'000u);
  ASSERT_TRUE(table_.store().flush());
  const auto stats = *table_.stats();
  EXPECT_NEAR(static_cast<double>(stats.store.keys), 1'000, 10);
  ASSERT_EQ(stats.store.levels.size(), 1u);
  EXPECT_EQ(stats.store.levels.front().files, 1u);
  EXPECT_GT(stats.store.disk_bytes, stats.store.levels.front().bytes);
  EXPECT_THAT(
      stats_json(stats, {{1, 1'005}}, R"(,"lag":5)"),
      ::testing::EndsWith(R"("positions":[{"partition":1,"next_offset":1000,"end":1005,"end_seen":42}],"lag":5})"));
}

}  // namespace
}  // namespace orders::table
