// A schedule played on a fleet at work, and the figures that come of it.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

#include "fleet.h"
#include "load.h"
#include "outcome.h"
#include "schedule.h"

namespace orders::test {

/// For whatever ends by itself once everybody is awake: takeovers, leftovers of the dead (30 s), an open transaction
/// of PostgreSQL whose owner sleeps.
inline constexpr std::chrono::seconds patience{120};

/// What was done to a fleet, or to several.
struct Tally {
  std::map<Action, int> actions;
  std::map<Fault, int> faults;
  std::set<Kind> kinds;
  std::chrono::milliseconds slowest{0};  ///< recovery, from the end of a cause to the first result and the first row

  void add(const Tally& other);
  [[nodiscard]] int times(Action action) const;
  [[nodiscard]] int times(const std::set<Fault>& any) const;
  [[nodiscard]] int kills() const { return times(Action::kill); }
  [[nodiscard]] int pauses() const { return times(Action::pause); }
  [[nodiscard]] int broker_restarts() const { return times({Fault::broker_restart, Fault::broker_kill}); }
  [[nodiscard]] int database_outages() const;
};

struct Played {
  Tally tally;
  Figures figures;
  std::chrono::seconds took{0};
};

/// From the test's main thread. Adds failures for all that is wrong.
[[nodiscard]] Played play(const Schedule& schedule);

/// Watches the fleet meanwhile.
void let_run(Fleet& fleet, std::chrono::milliseconds time);
/// Ends the load, and waits until all has come to rest.
void rest(Fleet& fleet, Load& load);
Figures rest_and_examine(Fleet& fleet, Load& load);

/// A table for people: its head, and a row.
[[nodiscard]] std::string head();
[[nodiscard]] std::string row(const std::string& name, const Played& played);

}  // namespace orders::test
