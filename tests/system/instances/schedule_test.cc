#include "schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace orders::test {
namespace {

using namespace std::chrono_literals;

/// Of instances only.
Plan plan(unsigned seed, std::size_t steps) { return {.seed = seed, .steps = steps, .session = 3s}; }
Plan plan_of_all(unsigned seed, std::size_t steps) {
  auto all = plan(seed, steps);
  all.kinds = all_kinds();
  return all;
}

bool is(const Step& step, Action action) { return step.action() != nullptr && *step.action() == action; }

TEST(Schedule, IsTheSameForTheSameSeedAndAnotherForAnother) {
  EXPECT_EQ(to_text(make_schedule(plan_of_all(7, 30))), to_text(make_schedule(plan_of_all(7, 30))));
  EXPECT_NE(to_text(make_schedule(plan_of_all(7, 30))), to_text(make_schedule(plan_of_all(8, 30))));
  EXPECT_EQ(to_text(make_storm(7, 30)), to_text(make_storm(7, 30)));
  EXPECT_NE(to_text(make_storm(7, 30)), to_text(make_storm(8, 30)));
}

TEST(Schedule, LetsSomeSleepLongerWhereItIsToldTo) {
  std::size_t pauses = 0, naps = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    auto napping = plan(seed, 20);
    napping.nap = 40s;
    const auto schedule = make_schedule(napping);
    for (std::size_t i = 1; i < schedule.steps.size(); ++i) {
      const bool follows_pause = is(schedule.steps[i - 1], Action::pause);
      pauses += follows_pause ? 1 : 0;
      if (schedule.steps[i].after < 40s) continue;
      EXPECT_TRUE(follows_pause) << to_text(schedule);
      ++naps;
    }
  }
  EXPECT_GT(naps, pauses / 8);
  EXPECT_LT(naps, pauses / 2);
}

/// What the members are after a step that must be possible.
void take(const Step& step, std::vector<Life>& lives) {
  const auto& life = lives.at(step.member);
  if (const auto* action = step.action()) {
    ASSERT_TRUE(is_possible(*action, life));
    lives[step.member] = after(*action);
  } else {
    EXPECT_EQ(life, Life::running) << "a fault is felt by one who runs";
  }
}

TEST(Schedule, TakesOnlyStepsThatArePossibleAndInTheEndAllOfThem) {
  std::set<Action> taken;
  std::set<std::size_t> sizes;
  std::set<bool> endings;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto schedule = make_schedule(plan(seed, 20));
    SCOPED_TRACE(to_text(schedule));
    auto lives = schedule.first;
    ASSERT_EQ(schedule.steps.size(), 20U);
    for (const auto& step : schedule.steps) {
      take(step, lives);
      EXPECT_LT(step.after, 6s);
      ASSERT_NE(step.action(), nullptr);
      taken.insert(*step.action());
    }
    sizes.insert(lives.size());
    endings.insert(schedule.all_return);
  }
  EXPECT_EQ(taken.size(), 5U);
  EXPECT_EQ(sizes, (std::set<std::size_t>{2, 3}));
  EXPECT_EQ(endings.size(), 2U);
}

TEST(Schedule, HoldsEachKindInEveryRoundAndInTheEndEveryFault) {
  std::set<Fault> faults;
  std::set<bool> kills;
  for (unsigned seed = 0; seed < 40; ++seed) {
    const auto schedule = make_schedule(plan_of_all(seed, 2 * steps_of_a_round));
    SCOPED_TRACE(to_text(schedule));
    auto lives = schedule.first;
    std::map<Kind, int> kinds;
    for (const auto& step : schedule.steps) {
      take(step, lives);
      EXPECT_TRUE(std::ranges::count(lives, Life::running) > 0) << "nobody is left to work";
      ++kinds[kind_of(step)];
      if (const auto* fault = step.fault()) {
        faults.insert(*fault);
        kills.insert(step.kills);
        EXPECT_GE(step.lasts, 500ms);
        EXPECT_LE(step.lasts, 4s);
      }
    }
    EXPECT_EQ(kinds, (std::map<Kind, int>{{Kind::instances, 6},
                                          {Kind::broker, 2},
                                          {Kind::database, 2},
                                          {Kind::network, 2},
                                          {Kind::disk, 2}}));
  }
  EXPECT_EQ(faults.size(), static_cast<std::size_t>(Fault::disk_full) + 1);
  EXPECT_EQ(kills.size(), 2U);
}

TEST(Schedule, OfAStormKillsOftenAndStartsAgainAtOnce) {
  const auto storm = make_storm(3, 40);
  auto lives = storm.first;
  int kills = 0;
  std::chrono::milliseconds time{0};
  for (const auto& step : storm.steps) {
    take(step, lives);
    kills += is(step, Action::kill) ? 1 : 0;
    time += step.after;
  }
  EXPECT_GE(kills, 40);
  EXPECT_LT(time / kills, 1'200ms);
  EXPECT_EQ(lives, storm.first) << "all are there again";
}

TEST(Schedule, KindsAreChosenByName) {
  EXPECT_EQ(parse_kinds("all"), all_kinds());
  EXPECT_EQ(parse_kinds("disk,broker"), (std::set{Kind::broker, Kind::disk}));
  EXPECT_THROW((void)parse_kinds("weather"), std::runtime_error);
}

}  // namespace
}  // namespace orders::test
