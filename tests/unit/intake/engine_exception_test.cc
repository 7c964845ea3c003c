// What becomes of orders when one of intake's threads throws.
#include "engine_fixture.h"
#include "support/armed.h"

namespace orders::intake {
namespace {

using orders::test::Armed;
using testing::HasSubstr;

TEST_F(Engine, AnOrderWhoseSavingThrewIsAnsweredAsUnknownAndPublishedOnceIfItWasSaved) {
  start_and_settle();
  const Armed armed("intake.save.after=throw");
  auto future = submit(request());
  const auto answer = result(future);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error_class, ErrorClass::recreate);
  EXPECT_THAT(answer.error().message, HasSubstr("not known whether the order was saved"));
  EXPECT_THAT(answer.error().hint, HasSubstr("idempotency key"));
  ASSERT_TRUE(broker_.wait_until([](FakeBroker& b) { return b.topic.size() == 1; }));
  ASSERT_TRUE(wait_for_empty_outbox());
  auto next = submit(request("B"));
  EXPECT_TRUE(take(next).published);
  EXPECT_EQ(broker_.change([](FakeBroker& b) { return b.topic.size(); }), 2u);
}

TEST_F(Engine, OfOrdersThatAreSavedOneByOneEachHasAnAnswerWhenOneThrows) {
  start_and_settle();
  db_.change([](FakeDatabase& db) { db.refused_product = "bad"; });
  std::vector<Request> requests;
  for (const char* product : {"A", "bad", "B", "C"}) requests.push_back(request(product));
  // The first passage is that of all four together.
  const Armed armed("intake.save.after=throw@4");
  auto futures = intake_->submit(std::move(requests));
  EXPECT_TRUE(result(futures[0]));
  const auto bad = result(futures[1]);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().error_class, ErrorClass::record);
  for (const std::size_t unknown : {2u, 3u}) {
    const auto answer = result(futures[unknown]);
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr("not known whether the order was saved"));
  }
}

TEST_F(Engine, WhatWasBeingPublishedWhenItThrewIsSettledByTheNextPublisher) {
  start_and_settle();
  const Armed armed("intake.publish.after=throw");
  auto future = submit(request());
  const auto accepted = take(future);
  EXPECT_TRUE(accepted.published);
  EXPECT_EQ(times_published(accepted.order.id), 1u);
  EXPECT_EQ(broker_.change([](FakeBroker& b) { return b.epochs["one"]; }), 2);
  EXPECT_TRUE(wait_for_empty_outbox());
}

TEST_F(Engine, WhenItIsGivenUpThatIsToldAndNobodyIsLeftWaiting) {
  std::promise<Error> failed;
  options_.intake.failed = [&](const Error& error) { failed.set_value(error); };
  start_and_settle();
  const Armed armed("intake.save.before=throw@*");
  auto told = failed.get_future();
  while (told.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    auto future = submit(request());
    const auto answer = result(future);
    ASSERT_FALSE(answer);
    ASSERT_THAT(answer.error().error_class, testing::AnyOf(ErrorClass::recreate, ErrorClass::wait));
  }
  const auto error = told.get();
  EXPECT_EQ(error.error_class, ErrorClass::bug);
  EXPECT_THAT(error.message, HasSubstr("thread intake.save failed 6 times in PT10M: failpoint intake.save.before"));
  auto late = submit(request());
  EXPECT_FALSE(result(late));
}

}  // namespace
}  // namespace orders::intake
