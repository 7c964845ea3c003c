#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "broker.h"
#include "fake_database.h"
#include "support/armed.h"

namespace orders::view {
namespace {

using State = ViewStatus::State;
using ::testing::HasSubstr;

class DatabaseViewTest : public ::testing::Test {
 protected:
  std::unique_ptr<DatabaseView> start(std::optional<ViewOptions> options = {}) {
    return must(DatabaseView::start(options ? *options : broker_.options(), database_, [](const Error& error) {
      ADD_FAILURE() << "nobody else is this member: " << error.text();
    }));
  }
  void produce(order::OrderId from, order::OrderId to, std::string_view status) {
    std::vector<kafka::OutputRecord> records;
    for (auto id = from; id < to; ++id) records.push_back(Broker::record(id, order_json(id, status)));
    broker_.produce(records);
  }
  bool has_applied(std::size_t orders) {
    return test::wait_until(long_enough, [&] { return database_.statuses().size() == orders; });
  }
  std::vector<std::string> dead_letter_reasons() {
    std::vector<std::string> reasons;
    for (auto& record : broker_.read_all("dead", 1)) reasons.push_back(record.headers["orders-reason"]);
    return reasons;
  }
  void expect_each_once(std::size_t records) {
    auto seen = database_.seen();
    EXPECT_EQ(seen.size(), records);
    std::ranges::sort(seen);
    EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end()) << "a record was applied twice";
  }

  Broker broker_;
  FakeDatabase database_;
};

TEST_F(DatabaseViewTest, AppliesTheTopicAndFollowsIt) {
  produce(0, 100, "NEW");
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  produce(0, 100, "CONFIRMED");
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return database_.seen().size() == 200; }));
  EXPECT_EQ(database_.statuses()[42], "CONFIRMED");
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return view->status().applied == 200; }));
  auto status = view->status();
  EXPECT_EQ(status.read, 200u);
  EXPECT_EQ(status.partitions.size(), 3u);
  EXPECT_TRUE(test::wait_until(long_enough, [&] { return view->status().lag() == 0; }));
  view->stop();
  EXPECT_EQ(view->status().state, State::stopped);
  expect_each_once(200);
}

TEST_F(DatabaseViewTest, StartsWhereTheDatabaseSays) {
  produce(0, 30, "NEW");  // ten in each partition
  database_.next_ = {{0, 4}, {1, 10}};
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  ASSERT_TRUE(has_applied(6 + 0 + 10));
  EXPECT_FALSE(database_.statuses().contains(9)) << "offset 3 of partition 0";
  EXPECT_TRUE(database_.statuses().contains(12));
}

TEST_F(DatabaseViewTest, WaitsForADatabaseThatIsAwayAndLosesAndRepeatsNothing) {
  produce(0, 20'000, "NEW");
  database_.errors = {{ErrorClass::wait, "connection lost", {}}};
  auto view = start();
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return database_.seen().size() > 100; }));
  database_.set([&] { database_.away = Error{ErrorClass::wait, "PostgreSQL is away", {}}; });
  produce(20'000, 25'000, "NEW");
  ASSERT_TRUE(is_degraded_by(*view, "PostgreSQL is away"));
  database_.set([&] { database_.away.reset(); });
  ASSERT_TRUE(has_applied(25'000));
  ASSERT_TRUE(becomes(*view, State::current));
  expect_each_once(25'000);
  EXPECT_TRUE(dead_letter_reasons().empty()) << "good records are never dead-lettered";
}

TEST_F(DatabaseViewTest, NoWaitForADatabaseIsLongerThanTheLongest) {
  database_.away = Error{ErrorClass::wait, "PostgreSQL is away", {}};
  auto options = broker_.options();
  EXPECT_EQ(options.longest_wait, Milliseconds{5'000});
  options.longest_wait = Milliseconds{100};
  options.retry = {.initial = std::chrono::hours{1}, .multiplier = 1, .max = std::chrono::hours{1}};
  auto view = start(options);
  ASSERT_TRUE(is_degraded_by(*view, "PostgreSQL is away"));
  database_.set([&] { database_.away.reset(); });
  EXPECT_TRUE(becomes(*view, State::current));
}

TEST_F(DatabaseViewTest, TheLagGrowsOnWhileTheDatabaseIsAwayOrHangs) {
  produce(0, 30, "NEW");
  auto options = broker_.options();
  options.longest_wait = Milliseconds{1'000};
  auto view = start(options);
  ASSERT_TRUE(becomes(*view, State::current));
  database_.set([&] { database_.away = Error{ErrorClass::wait, "PostgreSQL is away", {}}; });
  produce(30, 60, "NEW");
  EXPECT_TRUE(test::wait_until(long_enough, [&] { return view->status().lag() >= 30; }));
  ASSERT_TRUE(becomes(*view, State::degraded));
  produce(60, 90, "NEW");
  EXPECT_TRUE(test::wait_until(long_enough, [&] { return view->status().lag() >= 60; }));
  EXPECT_EQ(view->status().state, State::degraded);
  database_.set([&] { database_.away.reset(); });
  ASSERT_TRUE(has_applied(90));
  ASSERT_TRUE(becomes(*view, State::current));
  database_.set([&] {  // which holds what the calls under way need: they hang
    produce(90, 120, "NEW");
    EXPECT_TRUE(test::wait_until(long_enough, [&] { return view->status().lag() >= 30; }));
    EXPECT_TRUE(is_degraded_by(*view, "a fake has not answered for"));
  });
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_TRUE(has_applied(120));
}

TEST_F(DatabaseViewTest, TheLagIsShownBeforeTheDatabaseHasSaidWhereItStands) {
  database_.away = Error{ErrorClass::wait, "PostgreSQL is away", {}};
  produce(0, 30, "NEW");
  auto view = start();
  EXPECT_TRUE(test::wait_until(long_enough, [&] { return view->status().lag() >= 30; }));
  EXPECT_TRUE(is_degraded_by(*view, "PostgreSQL is away"));
  EXPECT_GE(view->status().lag(), 30);
}

TEST_F(DatabaseViewTest, AfterAnErrorInABacklogItGoesOnWithTheNextRecordOfEachPartition) {
  for (int i = 0; i < 30; ++i) database_.errors.push_back({i % 2 == 0 ? ErrorClass::wait : ErrorClass::bug, "no", {}});
  produce(0, 30'000, "NEW");
  auto options = broker_.options();
  options.retry = {.initial = Milliseconds{1}, .multiplier = 1, .max = Milliseconds{1}};
  auto view = start(options);
  ASSERT_TRUE(has_applied(30'000));
  expect_each_once(30'000);
  std::map<std::int32_t, std::int64_t> last;
  for (const auto& [partition, offset] : database_.seen()) {
    auto [known, first] = last.try_emplace(partition, -1);
    ASSERT_GT(offset, known->second) << "out of order in partition " << partition;
    known->second = offset;
  }
}

TEST_F(DatabaseViewTest, AnExceptionBeginsItAnewFromTheDatabasesPositions) {
  const test::Armed armed("database.apply.after=throw@2");
  produce(0, 20'000, "NEW");
  auto view = start();
  ASSERT_TRUE(has_applied(20'000));
  ASSERT_TRUE(becomes(*view, State::current));
  expect_each_once(20'000);
  EXPECT_TRUE(test::wait_until(long_enough, [&] { return view->status().read == 20'000u; }))
      << "what was applied when it threw is counted, too: " << view->status().read;
  database_.set([&] { EXPECT_EQ(database_.sessions, 2); });
}

TEST_F(DatabaseViewTest, InvalidRefusedAndMissingRecordsBecomeDeadLetters) {
  database_.refused = 5;
  database_.missing = 6;
  auto bad_key = Broker::record(1, order_json(1, "NEW"));
  bad_key.key = "short";
  broker_.produce({Broker::record(3, "not json"), bad_key, Broker::record(5, order_json(5, "NEW")),
                   Broker::record(6, order_json(6, "REJECTED")), Broker::record(7, order_json(8, "NEW")),
                   Broker::record(9, order_json(9, "NEW")), Broker::record(10, std::nullopt)});
  auto view = start();
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return view->status().read == 7; }));
  auto status = view->status();
  EXPECT_EQ(status.invalid, 3u);
  EXPECT_EQ(status.failed, 1u);
  EXPECT_EQ(status.missing, 1u);
  EXPECT_EQ(status.applied, 1u);
  EXPECT_EQ(status.tombstone, 1u);
  EXPECT_THAT(dead_letter_reasons(), ::testing::UnorderedElementsAre("invalid_value", "invalid_key", "key_mismatch",
                                                                     "database_refused", "missing_order"));
}

TEST_F(DatabaseViewTest, ADeadLetterKeepsTheRecordAndSaysWhereItStood) {
  auto bad = Broker::record(3, "not json");
  bad.headers = {{"trace", "abc"}};
  broker_.produce({bad});
  auto view = start();
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return view->status().invalid == 1; }));
  auto letters = broker_.read_all("dead", 1);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].value, "not json");
  EXPECT_EQ(letters[0].key, order::encode_key(3, config::KeyFormat::int64));
  auto& headers = letters[0].headers;
  EXPECT_EQ(headers["trace"], "abc");
  EXPECT_EQ(headers["kafka_dlt-original-topic"], "orders");
  EXPECT_EQ(headers["kafka_dlt-original-offset"], std::string(8, '\0'));
  EXPECT_EQ(headers["orders-origin"], "database");
}

TEST_F(DatabaseViewTest, IgnoredMissingOrdersAreCountedOnly) {
  auto options = broker_.options();
  options.missing_order = config::MissingOrder::ignore;
  database_.missing = 6;
  produce(6, 7, "REJECTED");
  auto view = start(options);
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return view->status().missing == 1; }));
  EXPECT_TRUE(dead_letter_reasons().empty());
}

TEST_F(DatabaseViewTest, ADeadLetterIsOutBeforeThePositionMovesAndNotRepeated) {
  // The batch fails twice before it gets to its dead letters, and the dead letters come once.
  database_.errors = {{ErrorClass::wait, "no", {}}, {ErrorClass::wait, "no", {}}};
  broker_.produce({Broker::record(3, "not json")});
  auto view = start();
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return view->status().invalid == 1; }));
  EXPECT_EQ(dead_letter_reasons(), std::vector<std::string>{"invalid_value"});
  EXPECT_GE(database_.next()[0], 1);
}

TEST_F(DatabaseViewTest, ARowThatStaysLockedIsWaitedForHoweverLongAndHoldsUpOnlyWhatComesBehindIt) {
  database_.locked = 30;  // the eleventh of partition 0
  produce(0, 60, "NEW");
  auto view = start();
  ASSERT_TRUE(has_applied(10 + 20 + 20));
  int tries = 0;
  database_.set([&] { tries = database_.batches; });
  ASSERT_TRUE(test::wait_until(long_enough, [&] {
    int now = 0;
    database_.set([&] { now = database_.batches; });
    return now > tries + 10;
  }));
  EXPECT_TRUE(is_degraded_by(*view, "the row is locked"));
  database_.set([&] { database_.locked = -1; });
  ASSERT_TRUE(has_applied(60));
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_TRUE(dead_letter_reasons().empty()) << "good records are never dead-lettered";
  expect_each_once(60);
}

TEST_F(DatabaseViewTest, ASlowDatabaseGetsSmallerBatches) {
  database_.most = 30;
  produce(0, 300, "NEW");
  auto view = start();
  ASSERT_TRUE(has_applied(300));
  expect_each_once(300);
  EXPECT_TRUE(dead_letter_reasons().empty());
}

TEST_F(DatabaseViewTest, ARowThatARuleRefusesIsTriedAgainAndThenGivenUp) {
  database_.against_a_rule = 30;
  produce(0, 60, "NEW");
  auto view = start();
  ASSERT_TRUE(has_applied(59));
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return view->status().failed == 1; }));
  EXPECT_EQ(dead_letter_reasons(), std::vector<std::string>{"database_refused"});
  database_.set([&] { EXPECT_GE(database_.batches, 3); });
  expect_each_once(59);
}

TEST_F(DatabaseViewTest, ARuleThatPassesInTimeCostsNothing) {
  database_.against_a_rule = 30;
  produce(0, 60, "NEW");
  auto options = broker_.options();
  options.retry_attempts = 1'000'000;
  auto view = start(options);
  ASSERT_TRUE(is_degraded_by(*view, "orders[0]@10 is refused: not today"));
  database_.set([&] { database_.against_a_rule = -1; });
  ASSERT_TRUE(has_applied(60));
  EXPECT_TRUE(dead_letter_reasons().empty());
}

TEST_F(DatabaseViewTest, ARuleAgainstEveryRowIsTheDatabasesTrouble) {
  database_.frozen = true;
  produce(0, 60, "NEW");
  auto options = broker_.options();
  options.retry_attempts = 1;
  auto view = start(options);
  ASSERT_TRUE(test::wait_until(long_enough, [&] {
    int tries = 0;
    database_.set([&] { tries = database_.batches; });
    return tries > 5;
  }));
  EXPECT_EQ(view->status().state, State::degraded);
  database_.set([&] { database_.frozen = false; });
  ASSERT_TRUE(has_applied(60));
  EXPECT_TRUE(dead_letter_reasons().empty());
}

TEST_F(DatabaseViewTest, CommitsWhoseAnswersAreLostCountOnceAndForNobody) {
  database_.lost_answers = 8;
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  for (int batch = 0; batch < 8; ++batch) {
    produce(10 * batch, 10 * batch + 10, "NEW");
    ASSERT_TRUE(test::wait_until(long_enough, [&] { return view->status().read == 10u * batch + 10; }));
  }
  EXPECT_EQ(view->status().applied, 80u);
  EXPECT_TRUE(dead_letter_reasons().empty());
  expect_each_once(80);
}

TEST_F(DatabaseViewTest, AnotherWritersMoveIsNotHeldAgainstTheRecords) {
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::current));
  database_.set([&] { database_.next_[0] = 2; });  // somebody applied offsets 0 and 1
  produce(0, 9, "NEW");
  ASSERT_TRUE(has_applied(7));
  ASSERT_TRUE(becomes(*view, State::current));
  EXPECT_TRUE(dead_letter_reasons().empty());
  EXPECT_FALSE(database_.statuses().contains(0));
  EXPECT_TRUE(database_.statuses().contains(6));
}

TEST_F(DatabaseViewTest, AnUnfitSchemaIsSaidWithTheCommandThatMendsIt) {
  database_.schema_found = 0;
  produce(0, 3, "NEW");
  auto view = start();
  ASSERT_TRUE(is_degraded_by(*view, "ordersctl db migrate"));
  database_.set([&] { database_.schema_found = 1; });
  EXPECT_TRUE(has_applied(3));
}

TEST_F(DatabaseViewTest, APositionBeyondTheEndIsAGap) {
  database_.next_ = {{1, 500}};
  produce(0, 3, "NEW");
  auto view = start();
  ASSERT_TRUE(becomes(*view, State::stopped));
  EXPECT_EQ(view->status().stopped_by, ErrorClass::gap);
  EXPECT_THAT(view->status().reason, HasSubstr("500"));
  EXPECT_TRUE(database_.statuses().empty()) << "a database is never filled from a topic that is not its own";
}

TEST_F(DatabaseViewTest, ABrokerThatIsAwayIsWaitedFor) {
  auto options = broker_.options();
  options.connection.bootstrap_servers = "127.0.0.1:1";
  auto view = start(options);
  EXPECT_TRUE(is_degraded_by(*view, "127.0.0.1:1"));
}

TEST_F(DatabaseViewTest, TakesUpWhereItStoodAfterARestart) {
  produce(0, 30, "NEW");
  { ASSERT_TRUE(becomes(*start(), State::current)); }
  produce(30, 60, "NEW");
  auto view = start();
  ASSERT_TRUE(has_applied(60));
  expect_each_once(60);
}

}  // namespace
}  // namespace orders::view
