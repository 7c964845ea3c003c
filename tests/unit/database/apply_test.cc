// A view's batches: alike in both backends.
#include <map>
#include <random>

#include "database/rewind.h"
#include "fixture.h"

namespace orders::database {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Apply : public BothBackends {
 protected:
  Applied apply(const Batch& batch) {
    const auto applied = session_->apply(batch);
    EXPECT_TRUE(ok(applied));
    if (applied) {
      EXPECT_EQ(sum(*applied), batch.changes.size());
    }
    return applied.value_or(Applied{});
  }
  OrderRow row(OrderId id) {
    const auto found = session_->find(id);
    EXPECT_TRUE(ok(found));
    if (!found || !*found) throw std::runtime_error("no row");
    return **found;
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, Apply, both_backends(), backend_name);

TEST_P(Apply, NewInsertsAnOrderThatIsMissing) {
  const auto applied = apply(batch_of(0, {change(0, 5, 1, "NEW")}));
  EXPECT_EQ(applied.applied, 1u);
  EXPECT_EQ(row(1).order, order_of(1, "NEW"));
  EXPECT_EQ(row(1).created, record_time + Milliseconds{5});
  EXPECT_EQ(row(1).result_partition, -1) << "it is no result";
  EXPECT_EQ(row(1).result_offset, -1);
  EXPECT_EQ(session_->outbox_depth().value(), 0u);
}

TEST_P(Apply, NewNeverChangesARowThatIsThere) {
  NewOrder mine = new_order(1);
  mine.order.customer_id = 42;
  mine.order.items = {item(9)};
  ASSERT_TRUE(ok(session_->save_new(std::vector{mine}, "one")));
  EXPECT_EQ(apply(batch_of(0, {change(0, 0, 1, "NEW")})).superseded, 1u);
  EXPECT_EQ(row(1).order, mine.order);
  apply(batch_of(1, {change(0, 1, 1, "CONFIRMED")}));
  EXPECT_EQ(apply(batch_of(2, {change(0, 2, 1, "NEW")})).superseded, 1u);
  EXPECT_EQ(row(1).order.status, "CONFIRMED");
}

TEST_P(Apply, AResultUpdatesStatusAndSourceAndNothingElse) {
  NewOrder mine = new_order(1);
  mine.order.customer_id = 42;
  ASSERT_TRUE(ok(session_->save_new(std::vector{mine}, "one")));
  const auto created = row(1).created;
  EXPECT_EQ(apply(batch_of(0, {change(3, 17, 1, "ROLLBACK", "INVENTORY")})).applied, 1u);
  const auto after = row(1);
  mine.order.status = "ROLLBACK";
  mine.order.source = "INVENTORY";
  EXPECT_EQ(after.order, mine.order);
  EXPECT_EQ(after.result_partition, 3);
  EXPECT_EQ(after.result_offset, 17);
  EXPECT_EQ(after.created, created);
  EXPECT_GE(after.updated, created);
  EXPECT_EQ(apply(batch_of(18, {change(3, 18, 1, "CONFIRMED")})).applied, 1u);
  EXPECT_EQ(row(1).order.source, std::nullopt) << "null again";
}

TEST_P(Apply, OfSeveralResultsInABatchTheLastStays) {
  ASSERT_TRUE(ok(session_->save_new(std::vector{new_order(1), new_order(2)}, "one")));
  const auto applied = apply(batch_of(0, {change(0, 0, 1, "ROLLBACK", "PAYMENT"), change(0, 1, 2, "CONFIRMED"),
                                          change(0, 2, 1, "REJECTED", "X"), change(0, 3, 1, "CONFIRMED")}));
  EXPECT_EQ(applied.applied, 2u);
  EXPECT_EQ(applied.superseded, 2u);
  EXPECT_EQ(row(1).order.status, "CONFIRMED");
  EXPECT_EQ(row(1).result_offset, 3);
}

TEST_P(Apply, AnOlderResultNeverOverwrites) {
  apply(batch_of(0, {change(0, 10, 1, "CONFIRMED")}));
  const auto again = apply(batch_of(11, {change(0, 9, 1, "REJECTED", "X"), change(0, 10, 1, "ROLLBACK", "Y")}));
  EXPECT_EQ(again.superseded, 2u);
  EXPECT_EQ(row(1).order.status, "CONFIRMED");
  EXPECT_EQ(row(1).result_offset, 10);
  EXPECT_EQ(apply(batch_of(11, {change(0, 9, 1, "REJECTED"), change(0, 11, 1, "ROLLBACK")})).applied, 1u);
  EXPECT_EQ(row(1).order.status, "ROLLBACK");
}

TEST_P(Apply, AResultFromAnotherPartitionOverwritesARowAndWithinABatchTheLaterTimestampWins) {
  apply(batch_of(0, {change(0, 10, 1, "CONFIRMED")}));
  Change early = change(1, 0, 1, "REJECTED");
  Change late = change(2, 0, 1, "ROLLBACK");
  early.timestamp = record_time;
  late.timestamp = record_time + Milliseconds{1};
  EXPECT_EQ(apply({{{1, 0, 1}, {2, 0, 1}}, {late, early}, {}}).superseded, 1u);
  EXPECT_EQ(row(1).order.status, "ROLLBACK");
  EXPECT_EQ(row(1).result_partition, 2);
}

TEST_P(Apply, NewAndItsResultMayComeInOneBatch) {
  const auto applied = apply(batch_of(
      0, {change(0, 0, 1, "NEW"), change(0, 1, 2, "NEW"), change(0, 2, 1, "CONFIRMED"), change(0, 3, 1, "NEW")}));
  EXPECT_EQ(applied.applied, 3u);
  EXPECT_EQ(applied.superseded, 1u);
  EXPECT_EQ(row(1).order.status, "CONFIRMED");
  EXPECT_EQ(row(1).result_offset, 2);
  EXPECT_EQ(row(1).order.items.size(), 2u);
  EXPECT_EQ(row(1).created, record_time);
  EXPECT_EQ(row(2).order.status, "NEW");
}

TEST_P(Apply, AResultWithoutItsRowIsCreatedWhenThatIsAskedFor) {
  const auto applied =
      apply(batch_of(0, {change(0, 0, 1, "ROLLBACK", "PAYMENT"), bare(change(0, 1, 2, "CONFIRMED")),
                         change(0, 2, 1, "NEW"), bare(change(0, 3, 3, "NEW")), bare(change(0, 4, 1, "CONFIRMED"))}));
  EXPECT_EQ(applied.applied, 2u);
  EXPECT_EQ(applied.superseded, 1u);
  EXPECT_THAT(applied.missing, ElementsAre(1, 3)) << "not all members were there";
  EXPECT_EQ(row(1).order.status, "CONFIRMED");
  EXPECT_EQ(row(1).order.items.size(), 2u);
  EXPECT_EQ(row(1).result_offset, 4);
  EXPECT_EQ(session_->find(2).value(), std::nullopt);
}

TEST_P(Apply, AResultWithoutItsRowIsMissingOtherwise) {
  for (const auto mode : {config::MissingOrder::dead_letter, config::MissingOrder::ignore}) {
    reopen_with(mode);
    const auto base = position(*session_);
    const OrderId id = base + 1;
    const auto applied =
        apply(batch_of(base, {change(0, base, id, "CONFIRMED"), change(0, base + 1, id, "NEW"),
                              change(0, base + 2, id, "REJECTED", "X"), change(0, base + 3, id + 1, "REJECTED")}));
    EXPECT_EQ(applied.applied, 2u);
    EXPECT_THAT(applied.missing, ElementsAre(0, 3));
    EXPECT_EQ(row(id).order.status, "REJECTED");
  }
}

TEST_P(Apply, AnItemThatIsThereTwiceIsRefusedAndTheRestApplied) {
  Change twice = change(0, 1, 2, "NEW");
  twice.order.items.push_back(item(1, "another"));
  const auto applied = apply(batch_of(0, {change(0, 0, 1, "NEW"), twice, change(0, 2, 2, "CONFIRMED")}));
  EXPECT_EQ(applied.applied, 2u) << "order 1, and order 2 by its result";
  ASSERT_EQ(applied.refused.size(), 1u);
  EXPECT_EQ(applied.refused[0].change, 1u);
  EXPECT_EQ(applied.refused[0].message, "item 1 is there twice");
  EXPECT_EQ(row(2).order.status, "CONFIRMED");
}

TEST_P(Apply, QuantitiesAndPricesThatComeFromElsewhereAreKept) {
  Change odd = change(0, 0, 1, "NEW");
  odd.order.items = {item(-5, "x", -2'147'483'647, "-9223372036854775808"), item(6, "y", 0, "0.000000000000000001")};
  odd.order.customer_id = -9'000'000'000'000'000'000;
  apply(batch_of(0, {odd}));
  EXPECT_EQ(row(1).order, odd.order);
}

TEST_P(Apply, HostileTimestampsAreNoReasonToRefuse) {
  Change past = change(0, 0, 1, "NEW");
  past.timestamp = from_millis(std::numeric_limits<std::int64_t>::min());
  Change future = change(0, 1, 2, "NEW");
  future.timestamp = from_millis(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(apply(batch_of(0, {past, future})).applied, 2u);
  EXPECT_EQ(format_timestamp(row(1).created), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_timestamp(row(2).created), "9999-12-31T23:59:59.999Z");
}

TEST_P(Apply, PositionsMoveWithTheBatch) {
  EXPECT_THAT(session_->positions().value(), IsEmpty());
  apply({{{2, 0, 7}, {0, 0, 3}}, {change(0, 2, 1, "NEW"), change(2, 6, 2, "NEW")}, {}});
  apply({{{2, 7, 9}, {1, 0, 1}}, {}, {}});
  const auto positions = session_->positions().value();
  ASSERT_EQ(positions.size(), 3u);
  EXPECT_EQ(position(*session_, 0), 3);
  EXPECT_EQ(position(*session_, 1), 1);
  EXPECT_EQ(position(*session_, 2), 9);
}

TEST_P(Apply, PositionsBelongToAnApplicationAndATopic) {
  apply(batch_of(0, {change(0, 4, 1, "NEW")}));
  session_.reset();
  database_.options().topic = "orders2";
  database_.reopen();
  session_ = database_->session();
  EXPECT_THAT(session_->positions().value(), IsEmpty());
  apply(batch_of(0, {change(0, 1, 2, "NEW")}));
  session_.reset();
  database_.options().topic = "orders";
  database_.reopen();
  session_ = database_->session();
  EXPECT_EQ(position(*session_), 5);
}

TEST_P(Apply, APositionThatAnotherSessionMovedStopsTheBatch) {
  apply({{{0, 0, 10}, {1, 0, 20}}, {}, {}});
  const auto other = database_->session();
  ASSERT_TRUE(ok(other->apply({{{1, 20, 25}}, {}, {}})));

  const auto stale = session_->apply({{{0, 10, 11}, {1, 20, 21}}, {change(0, 10, 1, "NEW")}, {}});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().error_class, ErrorClass::abort);
  EXPECT_THAT(stale.error().message, HasSubstr("25"));
  EXPECT_EQ(position(*session_, 0), 10) << "none moved";
  EXPECT_EQ(position(*session_, 1), 25);
  EXPECT_EQ(session_->find(1).value(), std::nullopt);

  const auto fresh_elsewhere = session_->apply({{{0, 0, 1}}, {}, {}});
  ASSERT_FALSE(fresh_elsewhere) << "there is a row, and it is not at 0";
  const auto unknown = session_->apply({{{5, 3, 4}}, {}, {}});
  ASSERT_FALSE(unknown) << "there is no row, and 3 is not 0";
  EXPECT_EQ(position(*session_, 5), 0);
}

TEST_P(Apply, CallsBackBeforeTheCommitWithWhatBecameOfTheChanges) {
  reopen_with(config::MissingOrder::dead_letter);
  int calls = 0;
  Batch batch = batch_of(0, {change(0, 0, 1, "NEW"), change(0, 1, 2, "CONFIRMED")});
  batch.before_commit = [&](const Applied& applied) -> Result<> {
    ++calls;
    EXPECT_EQ(applied.applied, 1u);
    EXPECT_THAT(applied.missing, ElementsAre(1));
    return fail(ErrorClass::wait, "the broker is away", "hint");
  };
  const auto failed = session_->apply(batch);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().error_class, ErrorClass::wait);
  EXPECT_EQ(failed.error().text(), "the broker is away; hint");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(position(*session_), 0);
  EXPECT_EQ(session_->find(1).value(), std::nullopt) << "rolled back";

  batch.before_commit = [&](const Applied&) -> Result<> {
    ++calls;
    return {};
  };
  EXPECT_EQ(apply(batch).applied, 1u);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(position(*session_), 2);
}

TEST_P(Apply, WhatWasAppliedIsThereAfterOpeningAnew) {
  apply(batch_of(0, {change(0, 0, 1, "NEW"), change(0, 1, 1, "CONFIRMED")}));
  ASSERT_TRUE(ok(session_->save_new(std::vector{new_order(2, "key")}, "one")));
  session_.reset();
  database_.reopen();
  session_ = database_->session();
  EXPECT_EQ(row(1).order.status, "CONFIRMED");
  EXPECT_EQ(position(*session_), 2);
  EXPECT_TRUE(session_->save_new(std::vector{new_order(3, "key")}, "one").value().at(0).existed);
}

/// I4: the rows do not depend on how the log was cut into batches.
TEST_P(Apply, TheSameLogGivesTheSameRowsHoweverItIsCut) {
  std::mt19937 random(4711);
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  std::vector<Change> log;
  for (int offset = 0; offset < 300; ++offset) {
    static const char* const statuses[] = {"NEW", "CONFIRMED", "REJECTED", "ROLLBACK"};
    Change next = change(0, offset, 1 + pick(40), statuses[pick(4)]);
    if (pick(8) == 0) next = bare(next);
    if (pick(15) == 0) next.order.items.assign(2, item(1));
    log.push_back(next);
  }
  std::map<std::size_t, std::vector<OrderRow>> found;
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{300}}) {
    TestDatabase database(GetParam());
    const auto session = database->session();
    for (std::size_t begin = 0; begin < log.size(); begin += size) {
      const auto end = std::min(begin + size, log.size());
      const auto applied =
          session->apply(batch_of(static_cast<std::int64_t>(begin), {log.begin() + static_cast<std::ptrdiff_t>(begin),
                                                                     log.begin() + static_cast<std::ptrdiff_t>(end)}));
      ASSERT_TRUE(ok(applied));
      ASSERT_EQ(sum(*applied), end - begin);
    }
    found[size] = session->list({}).value();
    for (auto& row : found[size]) row.updated = {};
  }
  const auto same = [](const OrderRow& a, const OrderRow& b) {
    return a.order == b.order && a.created == b.created && a.result_offset == b.result_offset;
  };
  ASSERT_GT(found[1].size(), 20u);
  for (const std::size_t size : {std::size_t{7}, std::size_t{300}}) {
    EXPECT_TRUE(std::equal(found[1].begin(), found[1].end(), found[size].begin(), found[size].end(), same)) << size;
  }
}

// --- positions that are moved from outside

TEST_P(Apply, APositionThatIsWoundBackStopsTheWriterAndItsRecordsComeAgain) {
  apply(batch_of(0, {change(0, 0, 1, "NEW"), change(0, 1, 1, "CONFIRMED")}));
  const auto moved = set_positions(*session_, std::vector<Position>{{0, 1}, {3, 5}});
  ASSERT_TRUE(ok(moved));
  ASSERT_EQ(moved->size(), 2u);
  EXPECT_EQ(moved->front().expected, 2);
  EXPECT_EQ(position(*session_), 1);
  EXPECT_EQ(position(*session_, 3), 5) << "one that had none";
  EXPECT_FALSE(session_->apply(batch_of(2, {change(0, 2, 2, "NEW")}))) << "who does not know of it";
  EXPECT_EQ(apply(batch_of(1, {change(0, 1, 1, "CONFIRMED")})).superseded, 1u);
  EXPECT_EQ(position(*session_), 2);
  const auto none = set_positions(*session_, std::vector<Position>{{0, 2}});
  ASSERT_TRUE(ok(none));
  EXPECT_THAT(*none, IsEmpty());
}

TEST_P(Apply, APositionInATopicThatWasMadeAnewTakesTheResultsPlacesWithIt) {
  apply(batch_of(0, {change(0, 90, 1, "REJECTED", "PAYMENT")}));
  apply(batch_of(0, {change(1, 95, 2, "CONFIRMED")}));
  const std::vector<std::int32_t> forgotten{0, 1};
  ASSERT_TRUE(ok(set_positions(*session_, std::vector<Position>{{0, 0}, {1, 96}}, forgotten)));
  EXPECT_EQ(row(1).result_partition, -1);
  EXPECT_EQ(row(1).result_offset, -1);
  EXPECT_EQ(row(1).order, order_of(1, "REJECTED", "PAYMENT")) << "and nothing else";
  EXPECT_EQ(row(2).result_offset, 95) << "of a partition whose position does not move";
  EXPECT_EQ(apply(batch_of(0, {change(0, 3, 1, "CONFIRMED")})).applied, 1u);
  EXPECT_EQ(row(1).order.status, "CONFIRMED");
  EXPECT_EQ(row(1).result_offset, 3);
}

TEST_P(Apply, ABatchMayBringResultsOfTheTopicThatWasMadeAnew) {
  apply(batch_of(0, {change(0, 90, 1, "REJECTED"), change(0, 91, 2, "REJECTED")}));
  auto batch = batch_of(92, {change(0, 0, 1, "CONFIRMED")});
  batch.forgotten = {0};
  EXPECT_EQ(apply(batch).applied, 1u);
  EXPECT_EQ(row(1).result_offset, 0);
  EXPECT_EQ(row(2).result_offset, -1);
}

}  // namespace
}  // namespace orders::database
