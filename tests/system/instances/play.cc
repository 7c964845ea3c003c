#include "play.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <thread>

#include "support/wait_until.h"
#include "surroundings.h"

namespace orders::test {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

/// What is promised is 10 s; a machine may be busy with other things.
constexpr auto recovery_bound = 60s;

/// How far PostgreSQL has come, over all partitions.
std::int64_t position(Fleet& fleet) {
  return std::stoll(fleet.database().query("SELECT coalesce(sum(next_offset), 0) FROM positions"));
}

/// How long it takes from now until a result of answers given since now stands on `orders`, and PostgreSQL has taken
/// more. A failure beyond the bound.
std::chrono::milliseconds await_recovery(Fleet& fleet, const Load& load) {
  const auto begun = steady_clock::now();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto gone = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const auto before = position(fleet);
  const auto flows = [&] {
    fleet.watch();
    return load.newest_result() >= gone && position(fleet) > before;
  };
  EXPECT_TRUE(wait_until(recovery_bound, flows, 50ms))
      << (load.newest_result() >= gone ? "no rows" : "no results") << " after the cause has gone" << fleet.story();
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begun);
}

bool somebody_sleeps(const Fleet& fleet) {
  for (std::size_t member = 0; member < fleet.size(); ++member) {
    if (fleet.life(member) == Life::paused) return true;
  }
  return false;
}

void act(Fleet& fleet, Action action, std::size_t member, Tally& tally) {
  fleet.perform(action, member);
  ++tally.actions[action];
}

/// Recovery is not measured while somebody sleeps: partitions and rows that are held then come back at another time.
void suffer(Fleet& fleet, const Load& load, const Step& step, Tally& tally) {
  const auto fault = *step.fault();
  if (fault == Fault::disk_full && !fleet.has_disk(step.member)) {
    std::cout << "| the disk is not filled: nothing can be mounted here |" << std::endl;
    return;
  }
  inflict(fault, fleet, step.member);
  let_run(fleet, step.lasts / 2);
  if (step.kills) {
    act(fleet, Action::kill, step.member, tally);
    act(fleet, Action::join, step.member, tally);
  }
  let_run(fleet, step.lasts / 2);
  relieve(fault, fleet, step.member);
  ++tally.faults[fault];
  if (!somebody_sleeps(fleet)) tally.slowest = std::max(tally.slowest, await_recovery(fleet, load));
}

void return_all(Fleet& fleet, bool absent_too) {
  for (std::size_t member = 0; member < fleet.size(); ++member) {
    if (fleet.life(member) == Life::paused) fleet.perform(Action::wake, member);
    if (fleet.life(member) == Life::absent && (absent_too || fleet.running().empty())) {
      fleet.perform(Action::join, member);
    }
  }
}

void take_steps(Fleet& fleet, const Load& load, const Schedule& schedule, Tally& tally) {
  for (const auto& step : schedule.steps) {
    let_run(fleet, step.after);
    SCOPED_TRACE(step.action() != nullptr ? to_string(*step.action()) : to_string(*step.fault()));
    if (const auto* action = step.action()) {
      act(fleet, *action, step.member, tally);
    } else {
      suffer(fleet, load, step, tally);
    }
    tally.kinds.insert(kind_of(step));
  }
}

}  // namespace

void Tally::add(const Tally& other) {
  for (const auto& [action, count] : other.actions) actions[action] += count;
  for (const auto& [fault, count] : other.faults) faults[fault] += count;
  kinds.insert(other.kinds.begin(), other.kinds.end());
  slowest = std::max(slowest, other.slowest);
}

int Tally::times(Action action) const {
  const auto found = actions.find(action);
  return found == actions.end() ? 0 : found->second;
}

int Tally::times(const std::set<Fault>& any) const {
  int times = 0;
  for (const auto& [fault, count] : faults) times += any.contains(fault) ? count : 0;
  return times;
}

int Tally::database_outages() const {
  return times({Fault::database_restart, Fault::database_crash, Fault::database_kill, Fault::database_pause,
                Fault::database_full, Fault::database_read_only});
}

void let_run(Fleet& fleet, std::chrono::milliseconds time) {
  const auto until = steady_clock::now() + time;
  do {
    fleet.watch();
    std::this_thread::sleep_for(std::min(time, 100ms));
  } while (steady_clock::now() < until);
}

void rest(Fleet& fleet, Load& load) {
  EXPECT_TRUE(load.stop_making(patience)) << "requests are not settled" << fleet.story();
  EXPECT_TRUE(wait_until(patience, [&] { return fleet.database().query("SELECT count(*) FROM outbox") == "0"; }))
      << "orders are left in the outbox" << fleet.story();
  EXPECT_TRUE(load.finish(patience)) << "not every order that was created is announced" << fleet.story();
  EXPECT_TRUE(wait_until(patience, [&] { return fleet.caught_up(); })) << "it does not come to rest" << fleet.story();
  for (const auto* daemon : fleet.running()) EXPECT_TRUE(daemon->check_identity()) << "I5";
}

Figures rest_and_examine(Fleet& fleet, Load& load) {
  rest(fleet, load);
  auto figures = examine(fleet, load);
  for (const auto& example : figures.examples) ADD_FAILURE() << example;
  EXPECT_TRUE(figures.all_right());
  EXPECT_GT(figures.results, 0U);
  return figures;
}

Played play(const Schedule& schedule) {
  SCOPED_TRACE("ORDERS_SEED=" + std::to_string(schedule.seed) + " " + to_text(schedule));
  const auto begun = steady_clock::now();
  Played played;
  Fleet fleet(schedule.first.size(), Load::window.settings());
  for (std::size_t member = 0; member < fleet.size(); ++member) {
    if (schedule.first[member] == Life::running) fleet.perform(Action::join, member);
  }
  Load load(fleet, schedule.seed);
  let_run(fleet, 1s);
  take_steps(fleet, load, schedule, played.tally);
  return_all(fleet, schedule.all_return);
  EXPECT_TRUE(wait_until(patience,
                         [&] {
                           fleet.watch();
                           return fleet.shared_out();
                         }))
      << "not every partition is taken" << fleet.story();
  let_run(fleet, 1s);  // they go on working
  played.figures = rest_and_examine(fleet, load);
  for (std::size_t member = 0; member < fleet.size(); ++member) {
    if (fleet.life(member) == Life::running) fleet.perform(Action::leave, member);
  }
  played.took = std::chrono::ceil<std::chrono::seconds>(steady_clock::now() - begun);
  return played;
}

std::string head() {
  return "| seed | joins | leaves | kills | pauses | broker restarts | broker pauses | database outages "
         "| sessions ended | network | disk full | slowest recovery, s | orders created | clients hung up | answers "
         "| results | duplicates | missing | stale rows | wrong in tables | wrong dead letters | wrong requests | seconds |";
}

std::string row(const std::string& name, const Played& played) {
  const auto& tally = played.tally;
  const auto& figures = played.figures;
  const auto done = fmt::format(
      "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1f} ", name, tally.times(Action::join),
      tally.times(Action::leave), tally.kills(), tally.pauses(), tally.broker_restarts(),
      tally.times({Fault::broker_pause}), tally.database_outages(), tally.times({Fault::database_sessions}),
      tally.times({Fault::network_cut, Fault::network_silence, Fault::network_delay}),
      tally.times({Fault::disk_full}), static_cast<double>(tally.slowest.count()) / 1'000);
  return done + fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |", figures.created,
                            figures.hung_up, figures.answers, figures.results, figures.duplicates, figures.missing,
                            figures.stale_rows, figures.table_rows, figures.dead_letters, figures.requests,
                            played.took.count());
}

}  // namespace orders::test
