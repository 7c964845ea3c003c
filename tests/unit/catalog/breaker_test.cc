#include "catalog/breaker.h"

#include <gtest/gtest.h>

namespace orders::catalog {
namespace {

using namespace std::chrono_literals;
using State = Breaker::State;

const Breaker::Clock::time_point begin{1h};

TEST(Breaker, OpensAfterSoManyFailuresInARow) {
  Breaker breaker(3, 10s);
  EXPECT_FALSE(breaker.failed(begin));
  EXPECT_FALSE(breaker.failed(begin));
  breaker.answered();
  EXPECT_FALSE(breaker.failed(begin));
  EXPECT_FALSE(breaker.failed(begin));
  EXPECT_EQ(breaker.state(), State::closed);
  EXPECT_TRUE(breaker.failed(begin));
  EXPECT_EQ(breaker.state(), State::open);
  EXPECT_FALSE(breaker.failed(begin)) << "it is open already";
}

TEST(Breaker, GivesOneProbeAfterThePause) {
  Breaker breaker(1, 10s);
  EXPECT_FALSE(breaker.take_probe(begin));
  EXPECT_EQ(breaker.probe_at(), Breaker::Clock::time_point::max());
  (void)breaker.failed(begin);
  EXPECT_EQ(breaker.probe_at(), begin + 10s);
  EXPECT_FALSE(breaker.take_probe(begin + 10s - 1ms));
  EXPECT_TRUE(breaker.take_probe(begin + 10s));
  EXPECT_EQ(breaker.state(), State::half_open);
  EXPECT_FALSE(breaker.take_probe(begin + 60s)) << "one at a time";
  EXPECT_EQ(breaker.probe_at(), Breaker::Clock::time_point::max());
}

TEST(Breaker, IsClosedByAnAnswerAndOpenedByOneFailureOfTheProbe) {
  Breaker breaker(3, 10s);
  for (int i = 0; i < 3; ++i) (void)breaker.failed(begin);
  ASSERT_TRUE(breaker.take_probe(begin + 10s));
  EXPECT_TRUE(breaker.failed(begin + 12s));
  EXPECT_EQ(breaker.state(), State::open);
  EXPECT_EQ(breaker.probe_at(), begin + 22s);
  ASSERT_TRUE(breaker.take_probe(begin + 22s));
  breaker.answered();
  EXPECT_EQ(breaker.state(), State::closed);
  EXPECT_FALSE(breaker.failed(begin + 23s)) << "counts from the beginning again";
}

TEST(Breaker, IsClosedByALateAnswer) {
  Breaker breaker(1, 10s);
  (void)breaker.failed(begin);
  breaker.answered();
  EXPECT_EQ(breaker.state(), State::closed);
}

TEST(Breaker, OpenIsNotMadeLongerByRequestsOfBefore) {
  Breaker breaker(1, 10s);
  (void)breaker.failed(begin);
  EXPECT_FALSE(breaker.failed(begin + 9s));
  EXPECT_EQ(breaker.probe_at(), begin + 10s);
}

}  // namespace
}  // namespace orders::catalog
