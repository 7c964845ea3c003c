// What of a storm is written, and that all of the rest is counted. The clock is the test's.
#include "base/log_limiter.h"

#include <gtest/gtest.h>

namespace orders {
namespace {

using namespace std::chrono_literals;

constexpr int warning = 3;
constexpr int failure = 4;

class LogLimiterTest : public testing::Test {
 protected:
  bool admits(std::string_view text, int severity = warning) { return limiter_.admits(severity, text, now_); }
  int admitted(int tries, const std::string& text) {
    int admitted = 0;
    for (int i = 0; i < tries; ++i) admitted += admits(text + " " + std::to_string(i)) ? 1 : 0;
    return admitted;
  }

  LogLimiter::Clock::time_point now_{1h};
  LogLimiter limiter_{{.burst = 5, .again = 1s, .interval = 10s, .kinds = 3}};
};

TEST_F(LogLimiterTest, WritesABurstAndThenOneNowAndThen) {
  EXPECT_EQ(admitted(50, "offset"), 5);
  now_ += 999ms;
  EXPECT_FALSE(admits("offset 7"));
  now_ += 1ms;
  EXPECT_EQ(admitted(10, "offset"), 1);
  now_ += 3s;
  EXPECT_EQ(admitted(10, "offset"), 3);
  now_ += 1h;
  EXPECT_EQ(admitted(50, "offset"), 5) << "no more than a burst, however long it was silent";
}

TEST_F(LogLimiterTest, TellsOfEachThatWasLeftOutOnceAtTheIntervalsEnd) {
  EXPECT_EQ(admitted(5, "offset"), 5);
  now_ += 500ms;
  EXPECT_TRUE(limiter_.due(now_).empty());
  for (int i = 0; i < 1'234; ++i) EXPECT_FALSE(admits("offset " + std::to_string(i)));
  now_ += 9'999ms;
  EXPECT_TRUE(limiter_.due(now_).empty());
  now_ += 1ms;
  const auto told = limiter_.due(now_);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].count, 1'234U);
  EXPECT_EQ(told[0].text, "offset 1233");
  EXPECT_EQ(told[0].severity, warning);
  EXPECT_EQ(told[0].time, 10s);
  now_ += 1h;
  EXPECT_TRUE(limiter_.due(now_).empty());
}

TEST_F(LogLimiterTest, LeavesNothingOutForMessagesOfAnotherKind) {
  EXPECT_EQ(admitted(50, "offset"), 5);
  EXPECT_TRUE(admits("position 1"));
  EXPECT_TRUE(admits("offset 1", failure)) << "the same words are another kind when they are more severe";
  EXPECT_TRUE(admits("offset")) << "nor is what has no number at all";
}

TEST_F(LogLimiterTest, KindsThatEndAtOtherTimesAreToldAtTheirs) {
  EXPECT_EQ(admitted(6, "first"), 5);
  now_ += 4s;
  EXPECT_EQ(admitted(7, "second"), 5);
  now_ += 6s;
  auto told = limiter_.due(now_);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].text, "first 5");
  now_ += 4s;
  told = limiter_.due(now_);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].text, "second 6");
  EXPECT_EQ(told[0].count, 2U);
}

TEST_F(LogLimiterTest, WhatIsForgottenForWantOfRoomIsToldBefore) {
  EXPECT_EQ(admitted(8, "first"), 5);
  for (const char* other : {"a", "b", "c"}) {
    now_ += 1ms;
    EXPECT_TRUE(admits(other));
  }
  const auto told = limiter_.due(now_);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].count, 3U);
  EXPECT_TRUE(admits("first 1")) << "it is a new one now";
}

TEST_F(LogLimiterTest, TheRestIsToldAtTheEnd) {
  EXPECT_EQ(admitted(7, "first"), 5);
  EXPECT_EQ(admitted(6, "second"), 5);
  EXPECT_EQ(limiter_.rest(now_).size(), 2U);
  EXPECT_TRUE(limiter_.rest(now_).empty());
}

}  // namespace
}  // namespace orders
