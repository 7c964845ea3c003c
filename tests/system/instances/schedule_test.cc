#include "schedule.h"

#include <gtest/gtest.h>

#include <set>

namespace orders::test {
namespace {

using namespace std::chrono_literals;

TEST(Schedule, IsTheSameForTheSameSeedAndAnotherForAnother) {
  EXPECT_EQ(to_text(make_schedule(7, 30, 3s)), to_text(make_schedule(7, 30, 3s)));
  EXPECT_NE(to_text(make_schedule(7, 30, 3s)), to_text(make_schedule(8, 30, 3s)));
}

TEST(Schedule, LetsSomeSleepLongerWhereItIsToldTo) {
  std::size_t pauses = 0, naps = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto schedule = make_schedule(seed, 20, 3s, 40s);
    for (std::size_t i = 1; i < schedule.steps.size(); ++i) {
      const bool follows_pause = schedule.steps[i - 1].action == Action::pause;
      pauses += follows_pause ? 1 : 0;
      if (schedule.steps[i].after < 40s) continue;
      EXPECT_TRUE(follows_pause) << to_text(schedule);
      ++naps;
    }
  }
  EXPECT_GT(naps, pauses / 8);
  EXPECT_LT(naps, pauses / 2);
}

TEST(Schedule, TakesOnlyStepsThatArePossibleAndInTheEndAllOfThem) {
  std::set<Action> taken;
  std::set<std::size_t> sizes;
  std::set<bool> endings;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto schedule = make_schedule(seed, 20, 3s);
    auto lives = schedule.first;
    ASSERT_EQ(schedule.steps.size(), 20U);
    for (const auto& step : schedule.steps) {
      ASSERT_TRUE(is_possible(step.action, lives.at(step.member))) << to_text(schedule);
      EXPECT_LT(step.after, 6s);
      lives[step.member] = after(step.action);
      taken.insert(step.action);
    }
    sizes.insert(lives.size());
    endings.insert(schedule.all_return);
  }
  EXPECT_EQ(taken.size(), 5U);
  EXPECT_EQ(sizes, (std::set<std::size_t>{2, 3}));
  EXPECT_EQ(endings.size(), 2U);
}

}  // namespace
}  // namespace orders::test
