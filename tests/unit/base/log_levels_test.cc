// The level that is in effect, by configuration and for a time. The clock is the test's.
#include "base/log_levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace orders {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class LogLevelsTest : public testing::Test {
 protected:
  LogLevels::Clock::time_point now_{1h};
  std::vector<LogLevel> applied_;
  LogLevels levels_{LogLevel::info, [this](LogLevel level) { applied_.push_back(level); }};
};

TEST_F(LogLevelsTest, AreTheConfiguredOnesAtFirst) {
  EXPECT_EQ(levels_.state().level, LogLevel::info);
  EXPECT_EQ(levels_.state().until, std::nullopt);
  EXPECT_THAT(applied_, IsEmpty());
}

TEST_F(LogLevelsTest, GoBackWhenTheTimeIsOver) {
  levels_.set(LogLevel::debug, 5min, now_);
  EXPECT_EQ(levels_.state().level, LogLevel::debug);
  EXPECT_EQ(levels_.state().configured, LogLevel::info);
  EXPECT_TRUE(levels_.state().until);
  levels_.tick(now_ + 5min - 1ms);
  EXPECT_EQ(levels_.state().level, LogLevel::debug);
  levels_.tick(now_ + 5min);
  EXPECT_EQ(levels_.state().level, LogLevel::info);
  EXPECT_EQ(levels_.state().until, std::nullopt);
  levels_.tick(now_ + 1h);
  EXPECT_THAT(applied_, ElementsAre(LogLevel::debug, LogLevel::info));
}

TEST_F(LogLevelsTest, StayWithoutATime) {
  levels_.set(LogLevel::error, std::nullopt, now_);
  levels_.tick(now_ + 1'000h);
  EXPECT_EQ(levels_.state().level, LogLevel::error);
  levels_.set(LogLevel::debug, 1min, now_);
  levels_.set(LogLevel::debug, std::nullopt, now_);
  levels_.tick(now_ + 1h);
  EXPECT_EQ(levels_.state().level, LogLevel::debug) << "who asks last counts";
}

TEST_F(LogLevelsTest, OfTheConfigurationEndWhatWasAskedForOnlyWhereTheyChange) {
  levels_.set(LogLevel::debug, 5min, now_);
  levels_.configure(LogLevel::info);
  EXPECT_EQ(levels_.state().level, LogLevel::debug) << "a rotated certificate ends nobody's search";
  EXPECT_TRUE(levels_.state().until);
  levels_.configure(LogLevel::warn);
  EXPECT_EQ(levels_.state().level, LogLevel::warn);
  EXPECT_EQ(levels_.state().until, std::nullopt);
  levels_.tick(now_ + 1h);
  EXPECT_THAT(applied_, ElementsAre(LogLevel::debug, LogLevel::warn));
}

TEST_F(LogLevelsTest, AskedForAsConfiguredEndWithNothing) {
  levels_.set(LogLevel::debug, 5min, now_);
  levels_.set(LogLevel::info, 5min, now_);
  EXPECT_EQ(levels_.state().level, LogLevel::info);
  EXPECT_EQ(levels_.state().until, std::nullopt);
}

TEST(LogLevel, HasANameEach) {
  for (const auto level : {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    EXPECT_EQ(parse_log_level(to_string(level)), level);
  }
  EXPECT_EQ(parse_log_level("DEBUG"), std::nullopt);
  EXPECT_EQ(parse_log_level(""), std::nullopt);
}

}  // namespace
}  // namespace orders
