// Daemons come, go, die and sleep, and broker, database, network and disks fail, by seeded random schedules, while
// orders, flawed records among them, flow from clients some of whom hang up: nothing is lost, doubled or stale.
//
//   ORDERS_SEED=n        the first schedule's seed
//   ORDERS_SCHEDULES=n   so many, with one seed after the other
//   ORDERS_STEPS=n       in each; seven hold each kind of fault
//   ORDERS_FAULTS=…      "all", or some of instances,broker,database,network,disk
//   ORDERS_STORM=n       every n-th schedule is a storm; 0: none
//   ORDERS_KILLS=n       in a storm
//   ORDERS_LONGEST=n     seconds that a fault may last
//   ORDERS_NAP=n         some of those who are paused sleep for so many seconds and more
//   ORDERS_FULL=1        as many schedules as it takes: 500 kills, 50 broker restarts, 50 database outages, 50 pauses
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "play.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

/// As CI plays them where nothing else is said: three that are short, and hold different faults of each kind.
struct Chosen {
  unsigned seed = take_variable("ORDERS_SEED", 122);
  unsigned schedules = take_variable("ORDERS_SCHEDULES", 3);
  unsigned steps = take_variable("ORDERS_STEPS", static_cast<unsigned>(steps_of_a_round));
  std::set<Kind> kinds = parse_kinds(take_variable("ORDERS_FAULTS", "all"));
  unsigned storm = take_variable("ORDERS_STORM", 3);
  unsigned kills = take_variable("ORDERS_KILLS", 8);
  std::chrono::seconds longest{take_variable("ORDERS_LONGEST", 4)};
  std::chrono::seconds nap{take_variable("ORDERS_NAP", 0)};
  bool full = take_variable("ORDERS_FULL", 0) != 0;

  [[nodiscard]] bool enough(const Tally& all, unsigned played) const {
    if (!full || storm == 1) return played >= schedules;
    const auto done = [&](Kind kind, int times, int goal) { return !kinds.contains(kind) || times >= goal; };
    return done(Kind::instances, all.kills(), 500) && done(Kind::instances, all.pauses(), 50) &&
           done(Kind::broker, all.broker_restarts(), 50) && done(Kind::database, all.database_outages(), 50);
  }
  [[nodiscard]] bool is_storm(unsigned played) const { return storm != 0 && (played + 1) % storm == 0; }
  [[nodiscard]] Schedule schedule(unsigned played) const {
    if (is_storm(played)) return make_storm(seed + played, kills);
    return make_schedule({.seed = seed + played,
                          .steps = steps,
                          .session = Fleet::session,
                          .nap = nap,
                          .kinds = kinds,
                          .longest = longest});
  }
};

void add(Played& all, const Played& one) {
  all.tally.add(one.tally);
  all.figures.add(one.figures);
  all.took += one.took;
}

TEST(Chaos, WhateverFailsNothingIsLostDoubledOrStale) {
  const Chosen chosen;
  Played all;
  std::cout << head() << std::endl;
  for (unsigned played = 0; !chosen.enough(all.tally, played); ++played) {
    const auto schedule = chosen.schedule(played);
    const auto one = play(schedule);
    std::cout << row(std::to_string(schedule.seed) + (chosen.is_storm(played) ? " (storm)" : ""), one) << std::endl;
    add(all, one);
  }
  std::cout << row("all", all) << std::endl;
  if (chosen.steps < steps_of_a_round || chosen.storm == 1) return;
  for (const auto kind : chosen.kinds) {
    EXPECT_TRUE(all.tally.kinds.contains(kind)) << "not one fault of the kind: " << to_string(kind);
  }
}

}  // namespace
}  // namespace orders::test
