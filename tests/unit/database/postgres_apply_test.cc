// Batches that PostgreSQL itself has something to say about.
#include <future>
#include <numeric>

#include "fixture.h"

namespace orders::database {
namespace {

using testing::HasSubstr;
using testing::Not;

class PostgresApply : public Postgres {
 protected:
  Applied apply(const Batch& batch) {
    const auto applied = session_->apply(batch);
    EXPECT_TRUE(ok(applied));
    if (applied) {
      EXPECT_EQ(sum(*applied), batch.changes.size());
    }
    return applied.value_or(Applied{});
  }
  static std::vector<Change> many(std::int64_t n) {
    std::vector<Change> changes;
    for (std::int64_t i = 0; i < n; ++i) changes.push_back(change(0, i, i + 1, i % 2 == 0 ? "NEW" : "CONFIRMED"));
    return changes;
  }
  static std::vector<std::size_t> refused(const Applied& applied) {
    std::vector<std::size_t> indices;
    for (const auto& refusal : applied.refused) indices.push_back(refusal.change);
    return indices;
  }
};

TEST_F(PostgresApply, RowsThatTheDatabaseRefusesAreFoundAmongMany) {
  server_side().query("ALTER TABLE order_items ADD CHECK (quantity < 1000)");
  server_side().query("ALTER TABLE orders ADD CHECK (status <> 'SECRET')");
  auto changes = many(200);
  for (const std::size_t bad : {std::size_t{0}, std::size_t{77}, std::size_t{78}}) {
    changes[bad].order.items[0].quantity = 1000;
  }
  changes[150].order.status = "SECRET";
  changes[199].order.status = std::string("\xff\xfe not UTF-8");
  const auto applied = apply(batch_of(0, changes));
  EXPECT_EQ(refused(applied), (std::vector<std::size_t>{0, 77, 78, 150, 199}));
  EXPECT_EQ(applied.applied, 195u);
  EXPECT_THAT(applied.refused[0].message, HasSubstr("SQLSTATE 23514"));
  EXPECT_THAT(applied.refused[4].message, HasSubstr("SQLSTATE 22021"));
  for (const auto& refusal : applied.refused) {
    EXPECT_THAT(refusal.message, Not(HasSubstr("SECRET"))) << "no contents";
    EXPECT_FALSE(refusal.may_pass);
  }
  EXPECT_EQ(server_side().query("SELECT count(*) FROM orders"), "195");
  EXPECT_EQ(server_side().query("SELECT count(*) FROM order_items"), "390");
  EXPECT_EQ(position(*session_), 200) << "in one transaction with the rest";
}

TEST_F(PostgresApply, WhatATriggerSaysOfARowDoesNotReachStandardError) {
  server_side().query(
      "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING E'row %\\nin two lines', NEW; "
      "RETURN NEW; END $$; CREATE TRIGGER tell BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION tell()");
  testing::internal::CaptureStderr();
  const auto applied = apply(batch_of(0, many(1)));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(applied.applied, 1u);
}

TEST_F(PostgresApply, ABatchOfNothingButRefusedRowsStillMovesThePosition) {
  server_side().query("ALTER TABLE orders ADD CHECK (id < 0)");
  const auto applied = apply(batch_of(0, many(33)));
  EXPECT_EQ(applied.refused.size(), 33u);
  EXPECT_EQ(position(*session_), 33);
}

TEST_F(PostgresApply, ANulCharacterIsRefusedAndSaidToBeOne) {
  auto changes = many(6);
  const std::string nul("a\0b", 3);
  changes[0].order.items[1].product_id = nul;
  changes[2].order.status = nul;
  changes[3].order.source = nul;
  changes[4].order.items[0].product_id = nul;  // a row for it is there: nothing of it is written
  ASSERT_TRUE(ok(session_->save_new(std::vector{new_order(5)}, "one")));
  const auto applied = apply(batch_of(0, changes));
  EXPECT_EQ(refused(applied), (std::vector<std::size_t>{0, 2, 3}));
  EXPECT_THAT(applied.refused[0].message, HasSubstr("productId of item 2 holds a NUL"));
  EXPECT_THAT(applied.refused[1].message, HasSubstr("status holds a NUL"));
  EXPECT_EQ(applied.superseded, 1u);

  NewOrder request = new_order(50);
  request.order.items[0].product_id = nul;
  const auto saved = session_->save_new(std::vector{request}, "one");
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().error_class, ErrorClass::record);
  const auto key = session_->save_new(std::vector{new_order(51, nul)}, "one");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().error_class, ErrorClass::record);
}

TEST_F(PostgresApply, ADeferredConstraintSpeaksOfItsRowNotOfTheCommit) {
  server_side().query(
      "ALTER TABLE orders ADD CONSTRAINT one_each UNIQUE (customer_id) DEFERRABLE INITIALLY DEFERRED");
  auto changes = many(6);
  changes[4].order.customer_id = changes[0].order.customer_id;
  const auto applied = apply(batch_of(0, changes));
  EXPECT_EQ(refused(applied), (std::vector<std::size_t>{4}));
  EXPECT_EQ(applied.applied, 5u);
  EXPECT_THAT(applied.refused[0].message, HasSubstr("SQLSTATE 23505"));
  EXPECT_EQ(position(*session_), 6);
}

TEST_F(PostgresApply, WhatATriggerRaisesIsARefusalThatMayPass) {
  server_side().query(
      "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN IF NEW.id = 3 THEN RAISE 'not today'; END IF; RETURN NEW; END $$;"
      "CREATE TRIGGER guard BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION guard()");
  const auto applied = apply(batch_of(0, many(6)));
  EXPECT_EQ(refused(applied), (std::vector<std::size_t>{2}));
  EXPECT_TRUE(applied.refused[0].may_pass);
  EXPECT_THAT(applied.refused[0].message, HasSubstr("not today (SQLSTATE P0001)"));
}

TEST_F(PostgresApply, NoLockTimeoutOrBrokenTriggerMakesARefusal) {
  server_side().query(
      "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN RAISE 'as if' USING ERRCODE = current_setting('test.code'); END $$;"
      "CREATE TRIGGER guard BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION guard()");
  for (const char* code : {"40001", "40P01", "55P03", "55006", "57014", "53100", "58030", "XX000", "42883"}) {
    Options options = database_.options();
    options.config.url += std::string("?options=-c%20test.code%3D") + code;
    const auto database = open(options).value();
    EXPECT_FALSE(database->session()->apply(batch_of(0, many(2)))) << code;
    EXPECT_EQ(position(*session_), 0) << code;
  }
}

/// Hard to compress, and longer than an index key may be.
std::string overlong_text() {
  std::string text;
  for (unsigned i = 0, x = 1; i < 10'000; ++i) {
    x = x * 1'664'525u + 1'013'904'223u;
    text += static_cast<char>('!' + (x >> 24) % 90);
  }
  return text;
}

TEST_F(PostgresApply, AStatusTooLongForAnIndexOfTheOperatorsIsRefused) {
  server_side().query("CREATE INDEX ON orders (status)");
  auto changes = many(3);
  changes[1].order.status = overlong_text();
  const auto applied = apply(batch_of(0, changes));
  EXPECT_EQ(refused(applied), (std::vector<std::size_t>{1}));
  EXPECT_THAT(applied.refused[0].message, HasSubstr("SQLSTATE 54000"));
}

TEST_F(PostgresApply, AnIdempotencyKeyTooLongForItsIndexIsRefused) {
  const auto saved = session_->save_new(std::vector{new_order(1, overlong_text())}, "one");
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().error_class, ErrorClass::record);
  EXPECT_EQ(session_->outbox_depth().value(), 0u);
}

/// Else each result would have to be written to every index; see migrations.cc for what that costs.
TEST_F(PostgresApply, NoIndexHoldsAColumnThatAResultChanges) {
  EXPECT_EQ(server_side().query("SELECT i.indexrelid::regclass, a.attname FROM pg_index AS i"
                                " JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)"
                                " WHERE i.indrelid = 'orders'::regclass AND a.attname IN"
                                " ('status', 'source', 'updated_at', 'result_partition', 'result_offset')"),
            "");
}

TEST_F(PostgresApply, ARefusedNewLeavesItsResultToItsOwnFate) {
  server_side().query("ALTER TABLE order_items ADD CHECK (quantity < 1000)");
  Change bad = change(0, 0, 1, "NEW");
  bad.order.items[0].quantity = 1000;
  const auto applied = apply(batch_of(0, {bad, bare(change(0, 1, 1, "CONFIRMED")), change(0, 2, 1, "REJECTED")}));
  EXPECT_EQ(refused(applied), (std::vector<std::size_t>{0}));
  EXPECT_EQ(applied.missing, (std::vector<std::size_t>{1}));
  EXPECT_EQ(applied.applied, 1u);
  EXPECT_EQ(status_of(*session_, 1), "REJECTED");
}

TEST_F(PostgresApply, ARowThatIsLockedTooLongFailsTheBatchAndMovesNothing) {
  ASSERT_TRUE(ok(session_->save_new(std::vector{new_order(1)}, "one")));
  Options options = database_.options();
  options.config.url += "?options=-c%20lock_timeout%3D200";
  const auto impatient = open(options).value();
  const auto holder = database_->session();
  const auto waiter = impatient->session();
  Batch holding = batch_of(0, {change(0, 0, 1, "CONFIRMED")});
  holding.before_commit = [&](const Applied&) -> Result<> {  // a writer that is paused in the middle
    const auto position_held = waiter->apply(batch_of(0, {change(0, 0, 1, "REJECTED")}));
    EXPECT_FALSE(position_held);
    EXPECT_EQ(position_held.error().error_class, ErrorClass::abort);
    EXPECT_THAT(position_held.error().message, HasSubstr("SQLSTATE 55P03"));
    Batch other_partition{{{1, 0, 1}}, {change(1, 0, 1, "REJECTED")}, {}};
    const auto row_held = waiter->apply(other_partition);
    EXPECT_FALSE(row_held);
    EXPECT_EQ(row_held.error().error_class, ErrorClass::abort);
    EXPECT_EQ(position(*waiter, 0), 0);
    EXPECT_EQ(position(*waiter, 1), 0);
    return {};
  };
  ASSERT_TRUE(ok(holder->apply(holding)));
  EXPECT_EQ(status_of(*session_, 1), "CONFIRMED");
  const auto stale = waiter->apply(batch_of(0, {change(0, 0, 1, "REJECTED")}));
  ASSERT_FALSE(stale) << "the position has moved meanwhile";
  EXPECT_EQ(stale.error().error_class, ErrorClass::abort);
}

TEST_F(PostgresApply, OfTwoWritersAtOneBatchExactlyOneWins) {
  constexpr std::int64_t batches = 40;
  const auto write = [&] {
    const auto session = database_->session();
    int won = 0;
    for (std::int64_t i = 0; i < batches; ++i) {
      const auto applied = session->apply(batch_of(i, {change(0, i, 1, "CONFIRMED"), change(0, i, 100 + i, "NEW")}));
      if (applied) {
        ++won;
      } else {
        EXPECT_EQ(applied.error().error_class, ErrorClass::abort) << applied.error().text();
      }
    }
    return won;
  };
  auto other = std::async(std::launch::async, write);
  const int mine = write();
  EXPECT_EQ(mine + other.get(), batches);
  EXPECT_EQ(position(*session_), batches);
}

TEST_F(PostgresApply, AWriterWithAnotherPositionMeetsTheSameNewOrders) {
  // Two applications on one database: positions of their own, the same orders. Neither may fail the other for good.
  Options options = database_.options();
  options.application_id = "other";
  const auto other_database = open(options).value();
  const auto write = [](Session& session) {
    for (std::int64_t i = 0; i < 30; ++i) {
      const Batch batch = batch_of(i, {change(0, i, 1'000 + i, "NEW"), change(0, i, 500 + i, "CONFIRMED")});
      auto applied = session.apply(batch);
      for (int retry = 0; !applied && applied.error().error_class == ErrorClass::abort && retry < 3; ++retry) {
        applied = session.apply(batch);
      }
      ASSERT_TRUE(ok(applied));
    }
  };
  auto other = std::async(std::launch::async, [&] { write(*other_database->session()); });
  write(*session_);
  other.get();
  EXPECT_EQ(server_side().query("SELECT count(*) FROM orders"), "60");
}

}  // namespace
}  // namespace orders::database
