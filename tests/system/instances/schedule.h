// Who comes, goes, dies and sleeps, and when: made from a seed, so that it can be made again.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace orders::test {

/// What a member of the fleet is at the moment.
enum class Life : std::uint8_t { absent, running, paused };

enum class Action : std::uint8_t {
  join,   ///< an absent one is started
  leave,  ///< a running one is told to stop, and stops
  kill,   ///< SIGKILL, also while it is paused
  pause,  ///< SIGSTOP
  wake    ///< SIGCONT
};
[[nodiscard]] const char* to_string(Action action);

struct Step {
  std::chrono::milliseconds after{0};  ///< the step before
  Action action = Action::join;
  std::size_t member = 0;
};

struct Schedule {
  unsigned seed = 0;
  std::vector<Life> first;  ///< of each member
  std::vector<Step> steps;
  bool all_return = false;  ///< in the end the absent ones come back; else the others take over what they left
};

/// Two or three members. Every step is possible when its turn comes. Pauses are shorter and longer than `session`;
/// where `nap` is not 0, one in four lasts at least so long.
[[nodiscard]] Schedule make_schedule(unsigned seed, std::size_t steps, std::chrono::milliseconds session,
                                     std::chrono::milliseconds nap = std::chrono::milliseconds{0});
/// What a member is after `action`.
[[nodiscard]] Life after(Action action);
[[nodiscard]] bool is_possible(Action action, Life life);
[[nodiscard]] std::string to_text(const Schedule& schedule);

}  // namespace orders::test
