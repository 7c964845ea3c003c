#include "intake/settle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes.h"
#include "support/make_order.h"

namespace orders::intake {
namespace {

using orders::test::make_order;
using test::FakeDatabase;
using testing::ElementsAre;
using testing::IsEmpty;

database::OrderRow make_row(OrderId id, std::string status = "NEW", std::int64_t result_offset = -1) {
  database::OrderRow row;
  row.order = make_order(id, std::move(status));
  row.result_partition = result_offset < 0 ? -1 : 0;
  row.result_offset = result_offset;
  return row;
}

TEST(Plan, OnlyRemovesWhatTheTableHas) {
  const std::vector<Ledger::Doubt> doubts = {{1, nullptr}, {2, std::make_shared<order::Order>(make_order(2))}};
  const auto plan = make_plan(doubts, {true, true}, std::vector<std::optional<database::OrderRow>>(2));
  EXPECT_THAT(plan.published, ElementsAre(1, 2));
  EXPECT_THAT(plan.to_publish, IsEmpty());
}

TEST(Plan, PublishesWhatTheTableDoesNotHaveAsAtFirst) {
  auto row = make_row(1);
  row.order.source = "PAYMENT";
  const std::vector<Ledger::Doubt> doubts = {{1, nullptr}, {2, std::make_shared<order::Order>(make_order(2))}};
  const auto plan =
      make_plan(doubts, {false, false}, std::vector<std::optional<database::OrderRow>>{row, std::nullopt});
  ASSERT_EQ(plan.to_publish.size(), 2u);
  EXPECT_EQ(*plan.to_publish[0], make_order(1));
  EXPECT_EQ(*plan.to_publish[1], make_order(2));
  EXPECT_THAT(plan.published, IsEmpty());
}

TEST(Plan, TakesAnOrderWithAResultForPublished) {
  const std::vector<Ledger::Doubt> doubts = {{1, nullptr}, {2, nullptr}};
  const auto plan =
      make_plan(doubts, {false, false},
                std::vector<std::optional<database::OrderRow>>{make_row(1, "CONFIRMED"), make_row(2, "NEW", 17)});
  EXPECT_THAT(plan.published, ElementsAre(1, 2));
  EXPECT_THAT(plan.to_publish, IsEmpty());
}

TEST(Plan, TellsOrdersThatTheDatabaseLost) {
  const std::vector<Ledger::Doubt> doubts = {{1, nullptr}};
  const auto plan = make_plan(doubts, {false}, std::vector<std::optional<database::OrderRow>>(1));
  EXPECT_THAT(plan.vanished, ElementsAre(1));
}

TEST(Examine, AsksTheDatabaseOnlyForWhatIsNotKnown) {
  FakeDatabase db;
  db.leave_behind(make_order(3), "a");
  const std::vector<Ledger::Doubt> doubts = {
      {1, nullptr}, {2, std::make_shared<order::Order>(make_order(2))}, {3, nullptr}};
  const PublishedCheck is_published = [](const std::vector<OrderId>& ids) -> Result<std::vector<bool>> {
    EXPECT_THAT(ids, ElementsAre(1, 2, 3));
    return std::vector<bool>{true, false, false};
  };
  const auto plan = examine(doubts, is_published, *db.session());
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_THAT(plan->published, ElementsAre(1));
  ASSERT_EQ(plan->to_publish.size(), 2u);
  EXPECT_EQ(plan->to_publish[1]->id, 3);
}

TEST(Examine, PassesOnWhatCannotBeSaid) {
  FakeDatabase db;
  const std::vector<Ledger::Doubt> doubts = {{1, nullptr}};
  const PublishedCheck behind = [](const std::vector<OrderId>&) -> Result<std::vector<bool>> {
    return fail(ErrorClass::wait, "behind");
  };
  EXPECT_EQ(examine(doubts, behind, *db.session()).error().error_class, ErrorClass::wait);
  const PublishedCheck wrong = [](const std::vector<OrderId>&) -> Result<std::vector<bool>> {
    return std::vector<bool>{};
  };
  EXPECT_EQ(examine(doubts, wrong, *db.session()).error().error_class, ErrorClass::bug);
}

}  // namespace
}  // namespace orders::intake
