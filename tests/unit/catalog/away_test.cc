// What is done when the service fails: tries, deadlines, the breaker, the way back.
#include "service.h"

namespace orders::catalog {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(Service, IsTriedAgainForWhatMayPass) {
  config_.retry_attempts = 3;
  open();
  server_.be(Mood::closing);
  (void)expect_failure("mug");
  EXPECT_EQ(server_.requests(), 3);
  server_.be(Mood::good);
  server_.answer_with(503);
  (void)expect_failure("mug");
  EXPECT_EQ(server_.requests(), 6);
  server_.answer_with(403);
  (void)expect_failure("mug");
  EXPECT_EQ(server_.requests(), 7) << "what does not pass is not tried again";
}

TEST_F(Service, ThatFailsForAMomentHasAnsweredInTheEnd) {
  config_.retry_attempts = 1'000;
  open();
  server_.answer_with(500);
  auto answer = ask_meanwhile({"mug"});
  ASSERT_TRUE(wait_until(patience, [&] { return server_.requests() >= 1; }));
  server_.answer_with(0);
  EXPECT_THAT(answer.get(), ElementsAre(is(Standing::known)));
  EXPECT_GE(status().failures, 1u);
}

TEST_F(Service, IsNotWaitedForBeyondTheDeadline) {
  open();
  server_.be(Mood::silent);
  const auto answers = ask_all({"mug", "plate"}, 50ms);
  ASSERT_EQ(answers.size(), 2u);
  for (const auto& answer : answers) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error_class, ErrorClass::wait);
    EXPECT_THAT(answer.error().message, HasSubstr("did not answer in time"));  // and not: within 10 s
  }
}

TEST_F(Service, ThatFailsAgainAndAgainIsAskedNoMore) {
  config_.breaker_failures = 2;
  open();
  server_.answer_with(500);
  (void)expect_failure("mug");
  EXPECT_EQ(status().breaker, Breaker::State::closed);
  EXPECT_EQ(status().reason, "");
  (void)expect_failure("plate");
  EXPECT_EQ(status().breaker, Breaker::State::open);
  EXPECT_THAT(status().reason, HasSubstr("500"));
  server_.answer_with(0);
  for (int i = 0; i < 5; ++i) EXPECT_THAT(expect_failure("mug").message, HasSubstr("HTTP status 500"));
  EXPECT_EQ(server_.requests(), 2);
}

TEST_F(Service, ThatIsGivenUpLetsNobodyWait) {
  config_.breaker_failures = 20;
  config_.retry_attempts = 10;
  open();
  server_.answer_with(500);
  std::vector<std::string> codes;
  for (int i = 0; i < 100; ++i) codes.push_back("code-" + std::to_string(i));
  EXPECT_THAT(ask_all(codes), Each(testing::Truly([](const Answer& answer) { return !answer; })));
  EXPECT_EQ(status().breaker, Breaker::State::open);
  EXPECT_LE(server_.requests(), 20 + 15) << "those that were under way beside the one that opened it";
}

TEST_F(Service, ThatComesBackIsFoundOutWithoutAnOrder) {
  config_.breaker_failures = 1;
  config_.breaker_pause = 100ms;
  config_.cache_ttl = 0ms;
  open();
  expect("mug", Standing::known);
  server_.answer_with(500);
  (void)expect_failure("plate");
  server_.answer_with(0);
  EXPECT_TRUE(wait_for(Breaker::State::closed));
  EXPECT_EQ(server_.targets().back(), "/api/products/mug") << "a code that it has answered before";
  EXPECT_EQ(status().reason, "");
  expect("plate", Standing::known);
}

TEST_F(Service, ThatStaysAwayIsAskedForOneCodeAtATime) {
  config_.breaker_failures = 1;
  config_.breaker_pause = 100ms;
  open();
  server_.answer_with(500);
  (void)expect_failure("mug");
  ASSERT_TRUE(wait_until(patience, [&] { return server_.requests() >= 4; }));
  for (const auto& target : server_.targets()) EXPECT_EQ(target, "/api/products/mug");
  EXPECT_NE(status().breaker, Breaker::State::closed);
}

TEST_F(Service, ThatIsBeingTriedLetsOrdersWaitForTheOutcome) {
  const test::TempFolder folder("catalog");
  test::write_secret(folder / "token", "token");
  config_.token_file = folder / "token";
  config_.breaker_failures = 1;
  config_.breaker_pause = 100ms;
  open();
  std::filesystem::remove(folder / "token");  // so that nothing is sent before the server holds back its answers
  (void)expect_failure("mug");
  server_.hold();
  test::write_secret(folder / "token", "token");
  ASSERT_TRUE(wait_until(patience, [&] { return server_.requests() == 1; }));
  EXPECT_EQ(status().breaker, Breaker::State::half_open);
  auto answer = ask_meanwhile({"plate"});
  server_.release();
  EXPECT_THAT(answer.get(), ElementsAre(is(Standing::known)));
}

TEST_F(Service, ThatIsAwayLeavesCodesUncheckedWhereThatIsAccepted) {
  config_.unavailable = config::Unavailable::accept;
  config_.breaker_failures = 2;
  open();
  EXPECT_FALSE(status().refuses);
  expect("plate", Standing::known);
  server_.stop();
  for (int i = 0; i < 3; ++i) expect("mug", Standing::unchecked);
  EXPECT_EQ(status().breaker, Breaker::State::open);
  EXPECT_EQ(status().failures, 2u);
  expect("plate", Standing::known);  // remembered
}

TEST_F(Service, IsWaitedForNoLongerWhenTheProcessEnds) {
  config_.unavailable = config::Unavailable::accept;
  open();
  server_.be(Mood::silent);
  auto answer = ask_meanwhile({"mug"});
  ASSERT_TRUE(wait_until(patience, [&] { return server_.requests() == 1; }));
  catalog_->finish_within(0ms);
  const auto stopped = answer.get().at(0);
  ASSERT_FALSE(stopped) << "an order that can still be sent elsewhere is not taken unchecked";
  EXPECT_THAT(stopped.error().message, HasSubstr("the daemon is stopping"));
  EXPECT_THAT(expect_failure("plate").message, HasSubstr("the daemon is stopping"));
}

}  // namespace
}  // namespace orders::catalog
