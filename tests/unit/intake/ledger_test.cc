#include "intake/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Clock = Ledger::Clock;

class LedgerOf : public testing::Test {
 protected:
  std::future<Result<Accepted>> add(OrderId id, Clock::time_point answer_by = Clock::time_point::max()) {
    return add(id, answer_by, ledger_.begin_saving());
  }
  std::future<Result<Accepted>> add(OrderId id, Clock::time_point answer_by, std::uint64_t era) {
    order::Order order;
    order.id = id;
    order.status = "NEW";
    Ledger::Promise promise;
    auto future = promise.get_future();
    ledger_.add(std::move(order), std::move(promise), answer_by, era);
    return future;
  }
  std::future<Result<Accepted>> add_repeat(OrderId id, bool in_outbox = false) {
    order::Order order;
    order.id = id;
    Ledger::Promise promise;
    auto future = promise.get_future();
    ledger_.add_repeat(std::move(order), std::move(promise), Clock::time_point::max(), in_outbox);
    return future;
  }
  static bool is_ready(const std::future<Result<Accepted>>& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  std::vector<OrderId> fresh() {
    std::vector<OrderId> ids;
    for (const auto& order : ledger_.fresh(100)) ids.push_back(order->id);
    return ids;
  }
  std::vector<OrderId> doubtful() {
    std::vector<OrderId> ids;
    for (const auto& doubt : ledger_.doubtful(100)) ids.push_back(doubt.id);
    return ids;
  }

  Ledger ledger_{"orders", 4};
};

TEST_F(LedgerOf, AnOrderIsAnsweredOnceItIsPublished) {
  auto future = add(1);
  EXPECT_THAT(fresh(), ElementsAre(1));
  ledger_.published(1, {3, 17});
  EXPECT_FALSE(is_ready(future));
  EXPECT_EQ(ledger_.pending(), 0U);
  EXPECT_THAT(ledger_.removable(10), ElementsAre(1));
  ledger_.answer(std::vector<OrderId>{1});
  const auto accepted = future.get();
  ASSERT_TRUE(accepted);
  EXPECT_TRUE(accepted->published);
  EXPECT_EQ(accepted->topic, "orders");
  EXPECT_EQ(accepted->partition, 3);
  EXPECT_EQ(accepted->offset, 17);
  ledger_.forget(std::vector<OrderId>{1});
  EXPECT_THAT(ledger_.removable(10), IsEmpty());
}

TEST_F(LedgerOf, OrdersStandInTheOrderOfTheirIds) {
  const auto b = add(2);
  const auto a = add(1);
  EXPECT_THAT(fresh(), ElementsAre(1, 2));
  EXPECT_EQ(ledger_.fresh(1).size(), 1u);
}

TEST_F(LedgerOf, AClientWhoseTimeIsUpHearsThatTheOrderIsSaved) {
  const auto start = Clock::now();
  auto first = add(1, start + std::chrono::seconds(1));
  auto second = add(2, start + std::chrono::seconds(2));
  EXPECT_EQ(ledger_.answer_overdue(start), start + std::chrono::seconds(1));
  EXPECT_FALSE(is_ready(first));
  EXPECT_EQ(ledger_.answer_overdue(start + std::chrono::seconds(1)), start + std::chrono::seconds(2));
  ASSERT_TRUE(is_ready(first));
  EXPECT_FALSE(first.get()->published);
  EXPECT_FALSE(is_ready(second));
  EXPECT_THAT(fresh(), ElementsAre(1, 2));
  EXPECT_EQ(ledger_.answer_overdue(start + std::chrono::seconds(3)), Clock::time_point::max());
  EXPECT_TRUE(is_ready(second));
}

TEST_F(LedgerOf, WhilePublishingIsAwayClientsAreAnsweredAtOnce) {
  auto before = add(1);
  ledger_.set_away(true);
  ASSERT_TRUE(is_ready(before));
  auto during = add(2);
  ASSERT_TRUE(is_ready(during));
  EXPECT_FALSE(during.get()->published);
  ledger_.set_away(false);
  auto after = add(3);
  EXPECT_FALSE(is_ready(after));
  EXPECT_THAT(fresh(), ElementsAre(1, 2, 3));
}

TEST_F(LedgerOf, DoubtTakesInAllThatIsNotPublished) {
  const auto a = add(1);
  const auto b = add(2);
  const auto c = add(3);
  ledger_.set_aside(2);
  ledger_.published(3, {0, 1});
  ledger_.doubt_all();
  EXPECT_THAT(doubtful(), ElementsAre(1, 2));
  EXPECT_THAT(ledger_.removable(10), ElementsAre(3));
  EXPECT_NE(ledger_.doubtful(1).at(0).order, nullptr);
}

TEST_F(LedgerOf, WhatWasSavedBeforeWeOwnedOurIdentityAgainIsDoubtful) {
  const auto era = ledger_.begin_saving();  // now it is saved, and another instance publishes it …
  ledger_.doubt_all();                      // … until we own our identity again
  const auto late = add(1, Clock::time_point::max(), era);
  const auto after = add(2);
  EXPECT_THAT(doubtful(), ElementsAre(1));
  EXPECT_THAT(fresh(), ElementsAre(2));
}

TEST_F(LedgerOf, OnlyUnknownRowsAreLeftovers) {
  const auto a = add(1);
  ledger_.published(1, {0, 1});
  const auto b = add(2);
  EXPECT_EQ(ledger_.add_leftovers(std::vector<OrderId>{1, 2, 3}), 1u);
  EXPECT_THAT(doubtful(), ElementsAre(3));
  EXPECT_EQ(ledger_.doubtful(1).at(0).order, nullptr);
  auto order = std::make_shared<order::Order>();
  order->id = 3;
  ledger_.not_published(order);
  EXPECT_THAT(fresh(), ElementsAre(2, 3));
}

TEST_F(LedgerOf, ARepeatOfAPendingOrderWaitsForItsPublishing) {
  auto first = add(1);
  auto repeat = add_repeat(1);
  EXPECT_FALSE(is_ready(repeat));
  const std::vector<OrderId> left_over{2};
  ledger_.add_leftovers(left_over);
  auto repeat_of_leftover = add_repeat(2);
  EXPECT_FALSE(is_ready(repeat_of_leftover));
  ASSERT_EQ(ledger_.doubtful(1).size(), 1U);
  EXPECT_FALSE(ledger_.doubtful(1)[0].order) << "whether it was published is still to be asked";
  ledger_.published(1, {3, 17});
  ledger_.published(2, {});
  ledger_.forget(std::vector<OrderId>{1, 2});
  EXPECT_FALSE(first.get()->existed);
  const auto with_first = repeat.get();
  EXPECT_TRUE(with_first->existed);
  EXPECT_TRUE(with_first->published);
  EXPECT_EQ(with_first->offset, 17);
  const auto of_leftover = repeat_of_leftover.get();
  EXPECT_EQ(of_leftover->order.id, 2);
  EXPECT_TRUE(of_leftover->published);
  EXPECT_EQ(of_leftover->partition, -1);
  EXPECT_TRUE(add_repeat(1).get()->published) << "at once: nothing of it is left";
  EXPECT_TRUE(add_repeat(1, true).get()->published) << "nothing since its row was seen";
}

TEST_F(LedgerOf, ARepeatOfAnOrderThatIsPendingElsewhereHearsThatItIsNotPublished) {
  (void)ledger_.begin_saving();
  EXPECT_FALSE(add_repeat(1, true).get()->published) << "another instance has it, or it is not known here yet";
  (void)add(2);
  ledger_.published(2, {});
  ledger_.forget(std::vector<OrderId>{2});
  EXPECT_TRUE(add_repeat(2, true).get()->published);
  (void)ledger_.begin_saving();
  EXPECT_FALSE(add_repeat(2, true).get()->published) << "its row was seen later than that";
}

TEST_F(LedgerOf, ARepeatHearsAtOnceThatItsOrderIsNotPublished) {
  ledger_.set_away(true);
  (void)add(1);
  EXPECT_FALSE(add_repeat(1).get()->published);
}

TEST_F(LedgerOf, WhatIsSetAsideWaitsToBeRecalled) {
  auto future = add(1);
  ledger_.set_aside(1);
  EXPECT_THAT(fresh(), IsEmpty());
  ASSERT_TRUE(is_ready(future));
  EXPECT_FALSE(future.get()->published);
  EXPECT_EQ(ledger_.pending(), 1U);
  ledger_.recall_aside();
  EXPECT_THAT(fresh(), ElementsAre(1));
}

TEST_F(LedgerOf, WhatIsBeyondTheCapacityStaysInTheOutbox) {
  std::vector<std::future<Result<Accepted>>> futures;
  for (OrderId id = 1; id <= 5; ++id) futures.push_back(add(id));
  ASSERT_TRUE(is_ready(futures[4]));
  EXPECT_FALSE(futures[4].get()->published);
  EXPECT_EQ(ledger_.pending(), 4u);
  EXPECT_FALSE(ledger_.take_overflow());  // still no room
  ledger_.forget(std::vector<OrderId>{1, 2});
  EXPECT_TRUE(ledger_.take_overflow());
  EXPECT_FALSE(ledger_.take_overflow());
}

}  // namespace
}  // namespace orders::intake
