#include "schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>

namespace orders::test {
namespace {

using namespace std::chrono_literals;

constexpr std::array actions{Action::join, Action::leave, Action::kill, Action::pause, Action::wake};

/// The faults of each kind, some more often.
const std::map<Kind, std::vector<Fault>>& faults() {
  static const std::map<Kind, std::vector<Fault>> faults = {
      {Kind::broker,
       {Fault::broker_restart, Fault::broker_kill, Fault::broker_restart, Fault::broker_kill, Fault::broker_pause}},
      {Kind::database,
       {Fault::database_restart, Fault::database_crash, Fault::database_kill, Fault::database_pause,
        Fault::database_sessions, Fault::database_full, Fault::database_read_only}},
      {Kind::network, {Fault::network_cut, Fault::network_silence, Fault::network_delay}},
      {Kind::disk, {Fault::disk_full}}};
  return faults;
}

/// Sleepers mostly wake up: what they do then is what the schedules are for.
unsigned weight(Action action, Life life) {
  if (!is_possible(action, life)) return 0;
  return action == Action::wake ? 3 : action == Action::pause ? 2 : 1;
}

// Only the generator's own numbers, taken modulo: the library's distributions differ from one library to the next.
class Maker {
 public:
  explicit Maker(const Plan& plan) : plan_(plan), random_(plan.seed) {}

  Schedule make() {
    schedule_ = {.seed = plan_.seed, .first = {}, .steps = {}, .all_return = below(3) != 0};
    schedule_.first.assign(2 + below(2), Life::running);
    if (below(2) == 0) schedule_.first.back() = Life::absent;
    lives_ = schedule_.first;
    while (schedule_.steps.size() < plan_.steps) {
      const auto kind = draw();
      auto step = kind == Kind::instances ? next_action() : next_fault(kind);
      step.after = time_before();
      schedule_.steps.push_back(step);
    }
    return std::move(schedule_);
  }

 private:
  unsigned below(std::size_t bound) { return static_cast<unsigned>(random_() % bound); }

  /// From a deck that holds every kind; a new one when it is used up.
  Kind draw() {
    if (deck_.empty()) {
      deck_.assign(plan_.kinds.begin(), plan_.kinds.end());
      while (plan_.kinds.contains(Kind::instances) && deck_.size() < steps_of_a_round) {
        deck_.push_back(Kind::instances);
      }
      for (std::size_t left = deck_.size(); left > 1; --left) std::swap(deck_[left - 1], deck_[below(left)]);
    }
    const auto kind = deck_.back();
    deck_.pop_back();
    return kind;
  }

  [[nodiscard]] std::vector<std::size_t> running() const {
    std::vector<std::size_t> running;
    for (std::size_t member = 0; member < lives_.size(); ++member) {
      if (lives_[member] == Life::running) running.push_back(member);
    }
    return running;
  }

  /// The last one who runs has to stay where results are waited for.
  [[nodiscard]] bool may(Action action, std::size_t member) const {
    const bool stays = plan_.kinds == std::set{Kind::instances} || after(action) == Life::running;
    return stays || lives_[member] != Life::running || running().size() > 1;
  }

  Step next_action() {
    std::vector<Step> possible;
    for (std::size_t member = 0; member < lives_.size(); ++member) {
      for (const auto action : actions) {
        if (may(action, member))
          possible.insert(possible.end(), weight(action, lives_[member]), {.what = action, .member = member});
      }
    }
    const auto step = possible[below(possible.size())];
    lives_[step.member] = after(*step.action());
    return step;
  }

  Step next_fault(Kind kind) {
    const auto& choice = faults().at(kind);
    const auto who = running();
    Step step{.what = choice[below(choice.size())], .member = who[below(who.size())]};
    // A start of the broker takes its time as it is.
    const bool is_start = *step.fault() == Fault::broker_restart || *step.fault() == Fault::broker_kill;
    const auto longest = static_cast<std::size_t>(plan_.longest.count());
    step.lasts = std::chrono::milliseconds{500 + below(is_start ? longest / 4 : longest - 500)};
    step.kills = kind != Kind::disk && below(3) == 0;
    return step;
  }

  /// Now and then long enough for the group to give up whoever sleeps.
  std::chrono::milliseconds time_before() {
    const auto session = static_cast<unsigned>(plan_.session.count());
    std::chrono::milliseconds time{below(4) == 0 ? session + below(session) : 200 + below(1'800)};
    const auto* last = schedule_.steps.empty() ? nullptr : schedule_.steps.back().action();
    const bool somebody_sleeps = last != nullptr && *last == Action::pause;
    if (somebody_sleeps && plan_.nap > 0ms && below(4) == 0) time += plan_.nap;
    return time;
  }

  const Plan& plan_;
  std::mt19937 random_;
  Schedule schedule_;
  std::vector<Life> lives_;
  std::vector<Kind> deck_;
};

}  // namespace

const char* to_string(Action action) {
  switch (action) {
    case Action::join:
      return "joins";
    case Action::leave:
      return "leaves";
    case Action::kill:
      return "is killed";
    case Action::pause:
      return "is paused";
    case Action::wake:
      return "wakes up";
  }
  return "?";
}

const char* to_string(Fault fault) {
  switch (fault) {
    case Fault::broker_restart:
      return "the broker is restarted";
    case Fault::broker_kill:
      return "the broker is killed";
    case Fault::broker_pause:
      return "the broker is paused";
    case Fault::database_restart:
      return "the database is restarted";
    case Fault::database_crash:
      return "the database is shut down at once";
    case Fault::database_kill:
      return "the database is killed";
    case Fault::database_pause:
      return "the database is paused";
    case Fault::database_sessions:
      return "the database ends all sessions";
    case Fault::database_full:
      return "the database is out of connections";
    case Fault::database_read_only:
      return "the database is read-only";
    case Fault::network_cut:
      return "the way to the broker is cut";
    case Fault::network_silence:
      return "the way to the broker is silent";
    case Fault::network_delay:
      return "the way to the broker is slow";
    case Fault::disk_full:
      return "the disk is full";
  }
  return "?";
}

const char* to_string(Kind kind) {
  switch (kind) {
    case Kind::instances:
      return "instances";
    case Kind::broker:
      return "broker";
    case Kind::database:
      return "database";
    case Kind::network:
      return "network";
    case Kind::disk:
      return "disk";
  }
  return "?";
}

const std::set<Kind>& all_kinds() {
  static const std::set<Kind> all = {Kind::instances, Kind::broker, Kind::database, Kind::network, Kind::disk};
  return all;
}

std::set<Kind> parse_kinds(const std::string& text) {
  if (text == "all") return all_kinds();
  std::set<Kind> kinds;
  std::istringstream names(text);
  for (std::string name; std::getline(names, name, ',');) {
    const auto found = std::ranges::find_if(all_kinds(), [&](Kind kind) { return name == to_string(kind); });
    if (found == all_kinds().end()) throw std::runtime_error("no kind of fault: " + name);
    kinds.insert(*found);
  }
  return kinds;
}

Kind kind_of(const Step& step) {
  if (step.action() != nullptr) return Kind::instances;
  for (const auto& [kind, of_kind] : faults()) {
    if (std::ranges::find(of_kind, *step.fault()) != of_kind.end()) return kind;
  }
  throw std::logic_error("a fault of no kind");
}

Life after(Action action) {
  if (action == Action::pause) return Life::paused;
  return action == Action::join || action == Action::wake ? Life::running : Life::absent;
}

bool is_possible(Action action, Life life) {
  switch (action) {
    case Action::join:
      return life == Life::absent;
    case Action::leave:
    case Action::pause:
      return life == Life::running;
    case Action::kill:
      return life != Life::absent;
    case Action::wake:
      return life == Life::paused;
  }
  return false;
}

Schedule make_schedule(const Plan& plan) { return Maker(plan).make(); }

Schedule make_storm(unsigned seed, std::size_t kills) {
  std::mt19937 random(seed);
  Schedule storm{.seed = seed, .first = std::vector(3, Life::running), .steps = {}, .all_return = true};
  for (std::size_t killed = 0; killed < kills;) {
    const std::chrono::milliseconds wait{400 + random() % 1'200};
    const std::size_t first = random() % 3;
    std::vector<std::size_t> victims{first};
    if (random() % 3 == 0) victims.push_back((first + 1) % 3);
    for (const auto action : {Action::kill, Action::join}) {
      for (const auto member : victims) storm.steps.push_back({.what = action, .member = member});
    }
    storm.steps[storm.steps.size() - 2 * victims.size()].after = wait;
    killed += victims.size();
  }
  return storm;
}

std::string to_text(const Schedule& schedule) {
  std::string text = fmt::format("seed {}: {} instances", schedule.seed, schedule.first.size());
  for (std::size_t member = 0; member < schedule.first.size(); ++member) {
    if (schedule.first[member] == Life::absent) text += fmt::format(", {} is not there yet", member + 1);
  }
  std::chrono::milliseconds at{0};
  for (const auto& step : schedule.steps) {
    at += step.after;
    const auto seconds = static_cast<double>(at.count()) / 1'000;
    if (const auto* action = step.action()) {
      text += fmt::format("\n  {:6.1f} s  {} {}", seconds, step.member + 1, to_string(*action));
      continue;
    }
    text += fmt::format("\n  {:6.1f} s  {} ({}) for {} ms{}", seconds, to_string(*step.fault()), step.member + 1,
                        step.lasts.count(), step.kills ? ", and it is killed meanwhile" : "");
    at += step.lasts;
  }
  return text + (schedule.all_return ? "\n  and all come back\n" : "\n  and sleepers wake up\n");
}

}  // namespace orders::test
