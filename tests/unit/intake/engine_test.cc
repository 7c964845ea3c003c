// The order in which things are saved, published and cleared, and what is left after a fault at each step.
#include "engine_fixture.h"
#include "support/make_order.h"

namespace orders::intake {
namespace {

using orders::test::make_order;
using testing::ElementsAre;
using testing::HasSubstr;
using Fate = FakeBroker::Fate;
using Commit = FakeDatabase::Commit;

TEST_F(Engine, SavesPublishesAndClearsBeforeItAnswers) {
  start_and_settle();
  auto future = submit(request());
  const auto accepted = take(future);
  EXPECT_TRUE(accepted.published);
  EXPECT_FALSE(accepted.existed);
  EXPECT_EQ(accepted.topic, "orders");
  EXPECT_EQ(accepted.partition, 0);
  EXPECT_EQ(accepted.offset, 0);
  EXPECT_GT(accepted.order.id, 0);
  EXPECT_EQ(accepted.order.status, "NEW");
  EXPECT_EQ(accepted.order.items.at(0).item_id, 1);
  EXPECT_EQ(accepted.order.items.at(1).item_id, 2);
  db_.change([&](FakeDatabase& db) {
    EXPECT_TRUE(db.outbox.empty());
    EXPECT_EQ(db.orders.at(accepted.order.id).row.order, accepted.order);
  });
  broker_.change([&](FakeBroker& b) { EXPECT_THAT(b.topic, ElementsAre(accepted.order)); });
  EXPECT_EQ(intake_->status().accepted, 2u);
  EXPECT_EQ(intake_->status().published, 2u);
  EXPECT_FALSE(intake_->status().degraded) << intake_->status().reason;
}

TEST_F(Engine, ManyRequestsShareTransactions) {
  options_.intake.batch = 10;
  start_and_settle();
  const int saves = db_.change([](FakeDatabase& db) { return db.saves; });
  std::vector<Request> requests;
  for (int i = 0; i < 25; ++i) requests.push_back(request(std::to_string(i)));
  auto futures = intake_->submit(std::move(requests));
  std::set<OrderId> ids;
  OrderId last = 0;
  for (std::size_t i = 0; i < futures.size(); ++i) {
    const auto accepted = take(futures[i]);
    EXPECT_TRUE(accepted.published);
    EXPECT_EQ(accepted.order.items.at(0).product_id, std::to_string(i));  // in the order of the requests
    EXPECT_GT(accepted.order.id, last);
    last = accepted.order.id;
  }
  EXPECT_EQ(db_.change([](FakeDatabase& db) { return db.saves; }), saves + 3);
  broker_.change([](FakeBroker& b) {
    EXPECT_EQ(b.topic.size(), 25u);
    for (const auto size : b.transactions) EXPECT_LE(size, 10u);
  });
}

TEST_F(Engine, AKeyThatWasUsedGivesTheOrderOfThatTime) {
  start_and_settle();
  std::vector<Request> both;
  both.push_back(request("A", "key"));
  both.push_back(request("B", "key"));  // in one submission
  auto futures = intake_->submit(std::move(both));
  const auto first = take(futures[0]);
  const auto second = take(futures[1]);
  EXPECT_FALSE(first.existed);
  EXPECT_TRUE(second.existed);
  EXPECT_EQ(second.order, first.order);
  auto again = submit(request("C", "key"));
  const auto third = take(again);
  EXPECT_TRUE(third.existed);
  EXPECT_TRUE(third.published);
  EXPECT_EQ(third.partition, -1);
  EXPECT_EQ(times_published(first.order.id), 1u);
  EXPECT_EQ(intake_->status().repeated, 2u);
}

TEST_F(Engine, AKeyThatAnotherInstanceUsedIsNotTakenForPublishedBeforeItIs) {
  start_and_settle();
  order::Order theirs;
  theirs.id = 77;
  db_.leave_behind(theirs, "another");
  db_.change([](FakeDatabase& db) { db.orders[77].key = "key"; });
  auto pending = submit(request("A", "key"));
  const auto before = take(pending);
  EXPECT_TRUE(before.existed);
  EXPECT_EQ(before.order.id, 77);
  EXPECT_FALSE(before.published);
  db_.change([](FakeDatabase& db) { db.outbox.erase(77); });
  auto published = submit(request("A", "key"));
  EXPECT_TRUE(take(published).published);
}

TEST_F(Engine, WithoutTheDatabaseNothingIsSaved) {
  start_and_settle();
  db_.change([](FakeDatabase& db) { db.away = true; });
  auto future = submit(request());
  const auto refused = result(future);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::wait);
  EXPECT_TRUE(intake_->status().degraded);
  EXPECT_THAT(intake_->status().reason, HasSubstr("database"));
  db_.change([](FakeDatabase& db) { db.away = false; });
  auto next = submit(request("B"));
  EXPECT_TRUE(take(next).published);
  broker_.change([](FakeBroker& b) { EXPECT_EQ(b.topic.size(), 1u); });
  EXPECT_EQ(intake_->status().failed, 1u);
}

TEST_F(Engine, WithoutTheBrokerOrdersAreSavedAndPublishedLaterOnce) {
  start_and_settle();
  broker_.change([](FakeBroker& b) { b.away = true; });
  auto first = submit(request("A"));
  EXPECT_FALSE(take(first).published);
  auto second = submit(request("B"));  // at once: the trouble is known
  const auto saved = take(second);
  EXPECT_FALSE(saved.published);
  EXPECT_EQ(saved.partition, -1);
  EXPECT_TRUE(intake_->status().degraded);
  EXPECT_EQ(intake_->status().outbox, 2u);
  broker_.change([](FakeBroker& b) { b.away = false; });
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(saved.order.id), 1u);
  broker_.change([](FakeBroker& b) { EXPECT_EQ(b.topic.size(), 2u); });
  EXPECT_TRUE(is_well_again());
}

TEST_F(Engine, ABrokerThatHangsHoldsUpNoSaving) {
  options_.intake.publish_timeout = Milliseconds(50);
  start_and_settle();
  broker_.change([](FakeBroker& b) { b.hangs = true; });
  auto first = submit(request("A"));
  EXPECT_FALSE(take(first).published);  // after the timeout
  auto second = submit(request("B"));   // while the publisher still hangs
  const auto saved = take(second);
  EXPECT_FALSE(saved.published);
  EXPECT_EQ(db_.change([](FakeDatabase& db) { return db.outbox.size(); }), 2u);
  broker_.change([](FakeBroker& b) { b.hangs = false; });
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(saved.order.id), 1u);
}

TEST_F(Engine, AnAbortedTransactionIsSentAgain) {
  start_and_settle();
  broker_.change([](FakeBroker& b) { b.fates = {Fate::abort, Fate::abort}; });
  auto future = submit(request());
  const auto accepted = take(future);
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(accepted.order.id), 1u);
  EXPECT_EQ(broker_.change([](FakeBroker& b) { return b.epochs["one"]; }), 1);  // the same producer
}

TEST_F(Engine, ACommitOfUnknownOutcomeThatHappenedIsNotRepeated) {
  start_and_settle();
  broker_.change([](FakeBroker& b) { b.fates = {Fate::lost_after}; });
  auto future = submit(request());
  const auto accepted = take(future);
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(accepted.order.id), 1u);
  broker_.change([](FakeBroker& b) {
    EXPECT_EQ(b.epochs["one"], 2);  // a new producer of the same identity
    EXPECT_GE(b.checks, 1);
  });
}

TEST_F(Engine, ACommitOfUnknownOutcomeThatDidNotHappenIsRepeated) {
  start_and_settle();
  broker_.change([](FakeBroker& b) { b.fates = {Fate::lost_before}; });
  auto future = submit(request());
  const auto accepted = take(future);
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(accepted.order.id), 1u);
}

TEST_F(Engine, ADoubtfulOrderWaitsForTheTableAndHoldsUpNoOther) {
  start_and_settle();
  broker_.change([](FakeBroker& b) {
    b.fates = {Fate::lost_after};
    b.table_behind = true;
  });
  auto doubtful = submit(request("A"));
  const auto first = take(doubtful);
  EXPECT_FALSE(first.published);
  ASSERT_TRUE(broker_.wait_until([](FakeBroker& b) { return b.epochs["one"] == 2 && b.checks > 0; }));
  Accepted second;
  do {  // those submitted before the new producer was ready are doubtful as well
    auto future = submit(request("B"));
    second = take(future);
  } while (!second.published && !testing::Test::HasFailure());
  EXPECT_EQ(times_published(second.order.id), 1u);
  EXPECT_EQ(db_.change([&](FakeDatabase& db) { return db.outbox.count(first.order.id); }), 1u);
  broker_.change([](FakeBroker& b) { b.table_behind = false; });
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(first.order.id), 1u);
}

TEST_F(Engine, AFencedProducerIsMadeAnew) {
  start_and_settle();
  broker_.change([](FakeBroker& b) { ++b.epochs["one"]; });  // somebody took our identity
  auto future = submit(request());
  const auto accepted = take(future);
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(accepted.order.id), 1u);
  EXPECT_EQ(broker_.change([](FakeBroker& b) { return b.epochs["one"]; }), 3);
}

TEST_F(Engine, OneOrderThatTheBrokerRefusesHoldsUpNoOther) {
  start_and_settle();
  broker_.change([](FakeBroker& b) { b.refused_product = "bad"; });
  std::vector<Request> requests;
  for (int i = 0; i < 9; ++i) requests.push_back(request(i == 4 ? "bad" : "A" + std::to_string(i)));
  auto futures = intake_->submit(std::move(requests));
  std::vector<OrderId> ids;
  for (auto& future : futures) ids.push_back(take(future).order.id);
  ASSERT_TRUE(db_.wait_until([&](FakeDatabase& db) { return db.outbox.size() == 1 && db.outbox.contains(ids[4]); }));
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(times_published(ids[i]), i == 4 ? 0u : 1u);
  broker_.change([](FakeBroker& b) { b.refused_product.clear(); });  // its limit was raised
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(ids[4]), 1u);
}

TEST_F(Engine, OneOrderThatTheDatabaseRefusesFailsAlone) {
  start_and_settle();
  db_.change([](FakeDatabase& db) { db.refused_product = "bad"; });
  std::vector<Request> requests;
  for (const auto* product : {"A", "bad", "B"}) requests.push_back(request(product));
  auto futures = intake_->submit(std::move(requests));
  EXPECT_TRUE(take(futures[0]).published);
  const auto refused = result(futures[1]);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::record);
  EXPECT_TRUE(take(futures[2]).published);
  EXPECT_FALSE(intake_->status().degraded);
}

TEST_F(Engine, ALostCommitOfTheDatabaseIsReadBack) {
  start_and_settle();
  db_.change([](FakeDatabase& db) { db.commits = {Commit::lost_answer}; });
  auto future = submit(request("A", "k1"));
  const auto accepted = take(future);
  EXPECT_TRUE(accepted.published);
  EXPECT_FALSE(accepted.existed);
  EXPECT_EQ(times_published(accepted.order.id), 1u);
  EXPECT_EQ(db_.change([](FakeDatabase& db) { return db.orders.size(); }), 2u);  // with the warm-up's

  db_.change([](FakeDatabase& db) { db.commits = {Commit::lost}; });
  auto next = submit(request("B"));
  EXPECT_TRUE(take(next).published);
  EXPECT_EQ(db_.change([](FakeDatabase& db) { return db.orders.size(); }), 3u);
}

TEST_F(Engine, ALostCommitWithARepeatedKeyIsReadBackAsWell) {
  start_and_settle();
  auto earlier = submit(request("A", "key"));
  const auto first = take(earlier);
  db_.change([](FakeDatabase& db) { db.commits = {Commit::lost_answer}; });
  std::vector<Request> both;
  both.push_back(request("A", "key"));
  both.push_back(request("B"));
  auto futures = intake_->submit(std::move(both));
  const auto repeated = take(futures[0]);
  EXPECT_TRUE(repeated.existed);
  EXPECT_EQ(repeated.order.id, first.order.id);
  const auto fresh = take(futures[1]);
  EXPECT_TRUE(fresh.published);
  EXPECT_EQ(times_published(fresh.order.id), 1u);
}

TEST_F(Engine, AnOrderWhoseSavingStaysUnknownIsFoundInTheOutbox) {
  start_and_settle();
  db_.leave_behind(make_order(5), "one");  // the commit goes through after all; before, nobody looks for it
  db_.change([](FakeDatabase& db) { db.commits = {Commit::lost, Commit::lost, Commit::lost}; });
  auto future = submit(request());
  const auto refused = result(future);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::recreate);
  EXPECT_THAT(refused.error().text(), HasSubstr("not known whether"));
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(5), 1u);
}

TEST_F(Engine, RowsThatCannotBeRemovedAreNotPublishedAgain) {
  start_and_settle();
  db_.change([](FakeDatabase& db) { db.removal_fails = true; });
  auto future = submit(request());
  const auto accepted = take(future);
  EXPECT_TRUE(accepted.published);  // it is, whatever the outbox says
  EXPECT_EQ(accepted.offset, 0);
  auto next = submit(request("B"));
  EXPECT_TRUE(take(next).published);
  db_.change([](FakeDatabase& db) {
    EXPECT_EQ(db.outbox.size(), 2u);
    db.removal_fails = false;
  });
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(accepted.order.id), 1u);
}

TEST_F(Engine, LeftoversOfItsOwnCrashAreSettledAtTheStart) {
  db_.leave_behind(make_order(1), "one");  // crashed after the publishing
  db_.leave_behind(make_order(2), "one");  // before it
  auto answered = make_order(3, "CONFIRMED");
  db_.leave_behind(answered, "one");
  broker_.change([](FakeBroker& b) { b.topic.push_back(make_order(1)); });
  start();
  ASSERT_TRUE(wait_for_empty_outbox());
  broker_.change([](FakeBroker& b) { EXPECT_THAT(b.topic, ElementsAre(make_order(1), make_order(2))); });
}

TEST_F(Engine, ADeadInstancesOrdersArePublishedUnderItsIdentity) {
  db_.leave_behind(make_order(1), "two", true);
  db_.leave_behind(make_order(2), "two", true);
  db_.leave_behind(make_order(3), "three", false);  // lives
  broker_.change([](FakeBroker& b) { b.topic.push_back(make_order(2)); });
  start();
  ASSERT_TRUE(db_.wait_until([](FakeDatabase& db) { return db.outbox.size() == 1; }));
  EXPECT_EQ(times_published(1), 1u);
  EXPECT_EQ(times_published(2), 1u);
  EXPECT_EQ(times_published(3), 0u);
  broker_.change([](FakeBroker& b) {
    EXPECT_EQ(b.epochs["two"], 1);  // fenced
    EXPECT_EQ(b.epochs.count("three"), 0u);
  });
}

TEST_F(Engine, ASlowInstanceThatWasTakenForDeadPublishesNothingTwice) {
  start_and_settle();
  broker_.change([](FakeBroker& b) { b.away = true; });
  auto future = submit(request());
  const auto accepted = take(future);
  ASSERT_FALSE(accepted.published);
  // Another instance takes over the identity, publishes the order and removes its row.
  broker_.change([&](FakeBroker& b) {
    ++b.epochs["one"];
    b.topic.push_back(accepted.order);
  });
  db_.change([](FakeDatabase& db) { db.outbox.clear(); });
  broker_.change([](FakeBroker& b) { b.away = false; });
  auto next = submit(request("B"));
  const auto second = take(next);
  ASSERT_TRUE(wait_for_empty_outbox());
  EXPECT_EQ(times_published(accepted.order.id), 1u);
  EXPECT_EQ(times_published(second.order.id), 1u);
}

TEST_F(Engine, TwoInstancesThatTakeEachOtherForDeadPublishEveryOrderOnce) {
  options_.adopt_interval = Milliseconds(0);
  db_.change([](FakeDatabase& db) { db.rows_are_old = true; });
  start();
  auto other_options = options_;
  other_options.intake.instance_id = "two";
  auto other = start_engine(other_options, db_, broker_.is_published(), broker_.publishers());
  ASSERT_TRUE(other);
  std::vector<OrderId> ids;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto fought = [](FakeBroker& b) { return b.fenced["one"] >= 3 && b.fenced["two"] >= 3; };
  while (!broker_.change(fought) && std::chrono::steady_clock::now() < deadline) {
    std::vector<Future> futures;
    for (auto* intake : {intake_.get(), other->get()}) {
      std::vector<Request> requests;
      for (int i = 0; i < 20; ++i) requests.push_back(request("P" + std::to_string(i)));
      for (auto& future : intake->submit(std::move(requests))) futures.push_back(std::move(future));
    }
    for (auto& future : futures) ids.push_back(take(future).order.id);
  }
  EXPECT_TRUE(broker_.change(fought));
  ASSERT_TRUE(wait_for_empty_outbox());
  for (const OrderId id : ids) EXPECT_EQ(times_published(id), 1u);
  (*other)->stop();
  intake_->stop();
}

TEST_F(Engine, MoreThanFitsIntoMemoryIsReadFromTheOutboxLater) {
  options_.capacity = 3;
  start_and_settle();
  broker_.change([](FakeBroker& b) { b.away = true; });
  std::vector<OrderId> ids;
  for (int i = 0; i < 10; ++i) {
    auto future = submit(request("P" + std::to_string(i)));
    ids.push_back(take(future).order.id);
  }
  broker_.change([](FakeBroker& b) { b.away = false; });
  ASSERT_TRUE(wait_for_empty_outbox());
  for (const OrderId id : ids) EXPECT_EQ(times_published(id), 1u);
}

TEST_F(Engine, StoppingFinishesWhatIsSavedAndRefusesTheRest) {
  start_and_settle();
  std::vector<Request> requests;
  for (int i = 0; i < 50; ++i) requests.push_back(request(std::to_string(i)));
  auto futures = intake_->submit(std::move(requests));
  intake_->stop();
  for (auto& future : futures) {
    ASSERT_EQ(future.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    const auto accepted = future.get();
    if (!accepted) {
      EXPECT_EQ(accepted.error().error_class, ErrorClass::wait);
      EXPECT_THAT(accepted.error().message, HasSubstr("stopping"));
    } else {
      EXPECT_TRUE(accepted->published);
      EXPECT_EQ(times_published(accepted->order.id), 1u);
    }
  }
  EXPECT_TRUE(db_.change([](FakeDatabase& db) { return db.outbox.empty(); }));
  auto late = submit(request());
  const auto refused = result(late);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::wait);
  intake_->stop();  // twice is fine
}

TEST_F(Engine, SettingsThatAreRefusedAreSaidAtTheStart) {
  const PublisherFactory refusing = [](const std::string&) -> Result<std::unique_ptr<Publisher>> {
    return fail(ErrorClass::invalid, "no such property");
  };
  const auto started = start_engine(options_, db_, broker_.is_published(), refusing);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().error_class, ErrorClass::invalid);
}

}  // namespace
}  // namespace orders::intake
