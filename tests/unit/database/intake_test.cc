// New orders, their idempotency keys and the outbox: alike in both backends.
#include <thread>

#include "fixture.h"

namespace orders::database {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Intake : public BothBackends {
 protected:
  std::vector<OrderId> outbox_ids(const std::string& claimant, std::size_t limit = 100) {
    const auto rows = session_->outbox(claimant, limit);
    EXPECT_TRUE(ok(rows));
    std::vector<OrderId> ids;
    for (const auto& row : rows.value_or(std::vector<OutboxRow>{})) {
      EXPECT_EQ(row.claimant, claimant);
      ids.push_back(row.order_id);
    }
    return ids;
  }
  std::vector<Saved> save(const std::vector<NewOrder>& orders, const std::string& claimant = "one") {
    const auto saved = session_->save_new(orders, claimant);
    EXPECT_TRUE(ok(saved));
    return saved.value_or(std::vector<Saved>{});
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, Intake, both_backends(), backend_name);

TEST_P(Intake, SavesOrderItemsAndOutboxRow) {
  const auto before = wall_clock_now();
  NewOrder request = new_order(7);
  request.order.items = {item(2, "a \"quoted\\ , {product} é \t'", -3, "-0.10"), item(1, "", 0, "99999999999.999")};
  const auto saved = save({request, new_order(3)});
  ASSERT_EQ(saved.size(), 2u);
  EXPECT_EQ(saved[0].order, request.order);
  EXPECT_FALSE(saved[0].existed);

  const auto row = session_->find(7);
  ASSERT_TRUE(ok(row));
  ASSERT_TRUE(*row);
  EXPECT_EQ((*row)->order.customer_id, 7);
  EXPECT_EQ((*row)->order.status, "NEW");
  EXPECT_EQ((*row)->order.source, std::nullopt);
  EXPECT_THAT((*row)->order.items, ElementsAre(request.order.items[1], request.order.items[0])) << "by item id";
  EXPECT_EQ((*row)->result_partition, -1);
  EXPECT_EQ((*row)->result_offset, -1);
  EXPECT_GE((*row)->created, before - Milliseconds{1'000});
  EXPECT_LE((*row)->created, wall_clock_now() + Milliseconds{1'000});

  EXPECT_THAT(outbox_ids("one"), testing::UnorderedElementsAre(3, 7));
  EXPECT_THAT(outbox_ids("another"), IsEmpty());
  EXPECT_EQ(session_->outbox_depth().value(), 2u);
}

TEST_P(Intake, FindsNothingWhereThereIsNothing) {
  EXPECT_EQ(session_->find(1).value(), std::nullopt);
  EXPECT_THAT(save({}), IsEmpty());
  EXPECT_TRUE(ok(session_->outbox_remove({})));
}

TEST_P(Intake, AKeyUsedBeforeGivesTheOrderOfThatTime) {
  save({new_order(1, "key")});
  NewOrder again = new_order(2, "key");
  again.order.customer_id = 99;
  const auto saved = save({again, new_order(3, "other"), new_order(4)});
  ASSERT_EQ(saved.size(), 3u);
  EXPECT_TRUE(saved[0].existed);
  EXPECT_EQ(saved[0].order, order_of(1, "NEW"));
  EXPECT_TRUE(saved[0].pending);
  EXPECT_FALSE(saved[1].existed);
  EXPECT_EQ(saved[1].order.id, 3);
  EXPECT_FALSE(saved[2].existed);
  EXPECT_EQ(session_->find(2).value(), std::nullopt);
  EXPECT_EQ(outbox_ids("one").size(), 3u);
}

TEST_P(Intake, AKeyUsedBeforeGivesTheOrderAsItIsNow) {
  save({new_order(1, "key")});
  ASSERT_TRUE(ok(session_->apply(batch_of(0, {change(0, 0, 1, "ROLLBACK", "PAYMENT")}))));
  const auto saved = save({new_order(2, "key")});
  EXPECT_EQ(saved.at(0).order.status, "ROLLBACK");
  EXPECT_EQ(saved.at(0).order.source, "PAYMENT");
}

TEST_P(Intake, AKeyUsedBeforeTellsWhetherItsOrderIsStillToBePublished) {
  save({new_order(1, "key"), new_order(2, "other")}, "another");
  ASSERT_TRUE(ok(session_->outbox_remove(std::vector<OrderId>{1})));
  const auto saved = save({new_order(3, "key"), new_order(4, "other")});
  ASSERT_EQ(saved.size(), 2u);
  EXPECT_TRUE(saved[0].existed);
  EXPECT_FALSE(saved[0].pending);
  EXPECT_TRUE(saved[1].existed);
  EXPECT_TRUE(saved[1].pending) << "by whichever instance";
}

TEST_P(Intake, TwoRequestsWithOneKeyInABatchAreOneOrder) {
  const auto saved = save({new_order(1, "key"), new_order(2, "key"), new_order(3, "key \"2\"")});
  ASSERT_EQ(saved.size(), 3u);
  EXPECT_FALSE(saved[0].existed);
  EXPECT_TRUE(saved[1].existed);
  EXPECT_TRUE(saved[1].pending);
  EXPECT_EQ(saved[1].order.id, 1);
  EXPECT_EQ(saved[2].order.id, 3);
  EXPECT_EQ(session_->outbox_depth().value(), 2u);
}

TEST_P(Intake, SessionsThatRaceForTheSameKeysAgree) {
  constexpr int rounds = 20;
  constexpr int keys = 10;
  std::vector<std::vector<OrderId>> winners(2);
  std::vector<int> existed(2);
  const auto race = [&](std::size_t side) {
    const auto session = database_->session();
    for (int round = 0; round < rounds; ++round) {
      std::vector<NewOrder> orders;
      for (int i = 0; i < keys; ++i) {
        const int key = side == 0 ? i : keys - 1 - i;  // in opposite order: a deadlock, if it were not prevented
        orders.push_back(new_order(static_cast<OrderId>(side) * 1'000'000 + round * keys + key + 1,
                                   std::to_string(round * keys + key)));
      }
      const auto saved = session->save_new(orders, "one");
      ASSERT_TRUE(ok(saved));
      std::vector<OrderId> ids(keys);
      for (int i = 0; i < keys; ++i) {
        const auto& one = (*saved)[static_cast<std::size_t>(i)];
        ids[static_cast<std::size_t>(side == 0 ? i : keys - 1 - i)] = one.order.id;
        existed[side] += one.existed ? 1 : 0;
      }
      winners[side].insert(winners[side].end(), ids.begin(), ids.end());
    }
  };
  std::thread other([&] { race(1); });
  race(0);
  other.join();
  EXPECT_EQ(winners[0], winners[1]);
  EXPECT_EQ(existed[0] + existed[1], rounds * keys) << "each key was new for one of the two";
  EXPECT_EQ(session_->outbox_depth().value(), static_cast<std::uint64_t>(rounds * keys));
}

TEST_P(Intake, AnIdThatIsTakenSavesNothingOfTheBatch) {
  save({new_order(1)});
  const auto taken = session_->save_new(std::vector{new_order(2), new_order(1)}, "one");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().error_class, ErrorClass::abort);
  EXPECT_EQ(session_->find(2).value(), std::nullopt);
  const auto twice = session_->save_new(std::vector{new_order(3), new_order(3)}, "one");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().error_class, ErrorClass::abort);
  EXPECT_EQ(session_->outbox_depth().value(), 1u);
  EXPECT_EQ(save({new_order(4)}).size(), 1u) << "the session goes on";
}

TEST_P(Intake, AnItemThatIsThereTwiceIsRefused) {
  NewOrder request = new_order(1);
  request.order.items = {item(1), item(1)};
  const auto saved = session_->save_new(std::vector{new_order(2), request}, "one");
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().error_class, ErrorClass::record);
  EXPECT_EQ(session_->outbox_depth().value(), 0u);
}

TEST_P(Intake, TheOutboxComesOldestFirstAndInParts) {
  save({new_order(9)});
  save({new_order(5)});
  save({new_order(7)});
  EXPECT_EQ(outbox_ids("one").size(), 3u);
  EXPECT_THAT(outbox_ids("one", 0), IsEmpty());
  const auto rows = session_->outbox("one", 2);
  ASSERT_TRUE(ok(rows));
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_LE((*rows)[0].created, (*rows)[1].created);
}

TEST_P(Intake, RowsAreRemovedOnceTheyArePublished) {
  save({new_order(1), new_order(2), new_order(3)});
  ASSERT_TRUE(ok(session_->outbox_remove(std::vector<OrderId>{1, 3, 77})));
  EXPECT_THAT(outbox_ids("one"), ElementsAre(2));
  EXPECT_EQ(status_of(*session_, 1), "NEW") << "the order stays";
}

TEST_P(Intake, AnotherInstanceTakesOverTheRowsOfADeadOne) {
  save({new_order(1), new_order(2)}, "dead");
  save({new_order(3)}, "alive");
  EXPECT_THAT(session_->outbox_claimants(Milliseconds{-1'000}).value(), ElementsAre("alive", "dead"));
  EXPECT_THAT(session_->outbox_claimants(Milliseconds{60'000}).value(), IsEmpty());
  EXPECT_EQ(session_->outbox_claim("dead", "alive").value(), 2u);
  EXPECT_EQ(session_->outbox_claim("dead", "alive").value(), 0u);
  EXPECT_EQ(outbox_ids("alive").size(), 3u);
}

}  // namespace
}  // namespace orders::database
