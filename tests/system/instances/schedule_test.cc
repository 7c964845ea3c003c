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
