#include "base/restart_limiter.h"

#include <gtest/gtest.h>

namespace orders {
namespace {

using namespace std::chrono_literals;

RestartLimiter::Clock::time_point at(std::chrono::milliseconds since_start) {
  return RestartLimiter::Clock::time_point{} + 1h + since_start;
}

TEST(RestartLimiter, AllowsTheLimitAndRefusesTheNext) {
  RestartLimiter limiter({3, 10min});
  EXPECT_TRUE(limiter.may_restart(at(0s)));
  EXPECT_TRUE(limiter.may_restart(at(0s)));
  EXPECT_TRUE(limiter.may_restart(at(599s)));
  EXPECT_FALSE(limiter.may_restart(at(599s + 999ms)));
}

TEST(RestartLimiter, ForgetsFailuresThatLeftTheWindow) {
  RestartLimiter limiter({2, 1min});
  EXPECT_TRUE(limiter.may_restart(at(0s)));
  EXPECT_TRUE(limiter.may_restart(at(30s)));
  EXPECT_TRUE(limiter.may_restart(at(60s)));   // the first is exactly a minute old
  EXPECT_FALSE(limiter.may_restart(at(89s)));  // 30, 60 and 89
}

TEST(RestartLimiter, ARefusedFailureCountsToo) {
  RestartLimiter limiter({1, 1min});
  EXPECT_TRUE(limiter.may_restart(at(0s)));
  EXPECT_FALSE(limiter.may_restart(at(50s)));
  EXPECT_FALSE(limiter.may_restart(at(100s)));
  EXPECT_TRUE(limiter.may_restart(at(160s)));
}

TEST(RestartLimiter, SlowFailuresNeverReachTheLimit) {
  RestartLimiter limiter({1, 1min});
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(limiter.may_restart(at(i * 60s)));
}

TEST(RestartLimiter, ALimitOfZeroNeverRestarts) {
  RestartLimiter limiter({0, 1min});
  EXPECT_FALSE(limiter.may_restart(at(0s)));
  EXPECT_FALSE(limiter.may_restart(at(24h)));
}

}  // namespace
}  // namespace orders
