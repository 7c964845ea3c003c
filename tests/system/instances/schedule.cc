#include "schedule.h"

#include <fmt/format.h>

#include <array>
#include <random>

namespace orders::test {
namespace {

constexpr std::array actions{Action::join, Action::leave, Action::kill, Action::pause, Action::wake};

/// Sleepers mostly wake up: what they do then is what the schedules are for.
unsigned weight(Action action, Life life) {
  if (!is_possible(action, life)) return 0;
  return action == Action::wake ? 3 : action == Action::pause ? 2 : 1;
}

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

// Only the generator's own numbers, taken modulo: the library's distributions differ from one library to the next.
Schedule make_schedule(unsigned seed, std::size_t steps, std::chrono::milliseconds session,
                       std::chrono::milliseconds nap) {
  std::mt19937 random(seed);
  Schedule schedule{.seed = seed, .first = {}, .steps = {}, .all_return = random() % 3 != 0};
  schedule.first.assign(2 + random() % 2, Life::running);
  if (random() % 2 == 0) schedule.first.back() = Life::absent;
  auto lives = schedule.first;
  const auto session_ms = static_cast<unsigned>(session.count());
  while (schedule.steps.size() < steps) {
    std::vector<Step> possible;
    for (std::size_t member = 0; member < lives.size(); ++member) {
      for (const auto action : actions)
        possible.insert(possible.end(), weight(action, lives[member]), {{}, action, member});
    }
    auto step = possible[random() % possible.size()];
    // Now and then long enough for the group to give up whoever sleeps.
    const bool is_long = random() % 4 == 0;
    step.after = std::chrono::milliseconds{is_long ? session_ms + random() % session_ms : 200 + random() % 1'800};
    const bool somebody_sleeps = !schedule.steps.empty() && schedule.steps.back().action == Action::pause;
    if (somebody_sleeps && nap.count() > 0 && random() % 4 == 0) step.after += nap;
    lives[step.member] = after(step.action);
    schedule.steps.push_back(step);
  }
  return schedule;
}

std::string to_text(const Schedule& schedule) {
  std::string text = fmt::format("seed {}: {} instances", schedule.seed, schedule.first.size());
  for (std::size_t member = 0; member < schedule.first.size(); ++member) {
    if (schedule.first[member] == Life::absent) text += fmt::format(", {} is not there yet", member + 1);
  }
  std::chrono::milliseconds at{0};
  for (const auto& step : schedule.steps) {
    at += step.after;
    text += fmt::format("\n  {:6.1f} s  {} {}", static_cast<double>(at.count()) / 1'000, step.member + 1,
                        to_string(step.action));
  }
  return text + (schedule.all_return ? "\n  and all come back\n" : "\n  and sleepers wake up\n");
}

}  // namespace orders::test
