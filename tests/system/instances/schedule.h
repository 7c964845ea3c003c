// Who comes, goes, dies and sleeps, what goes wrong around them, and when: made from a seed, so that it can be made
// again.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <variant>
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

/// What happens to the things that the fleet stands on. Each ends by itself after a while.
enum class Fault : std::uint8_t {
  broker_restart,      ///< SIGTERM; started again after the while
  broker_kill,         ///< the same with SIGKILL
  broker_pause,        ///< SIGSTOP
  database_restart,    ///< a fast shutdown; started again after the while
  database_crash,      ///< the same with an immediate shutdown
  database_kill,       ///< the same with SIGKILL to all its processes
  database_pause,      ///< SIGSTOP
  database_sessions,   ///< all sessions are ended, at once and after the while
  database_full,       ///< it ends all sessions and takes no new ones
  database_read_only,  ///< so is every new session; the others are ended
  network_cut,         ///< one member's connections to the broker are cut, and new ones at once
  network_silence,     ///< nothing passes between one member and the broker, and nothing is closed
  network_delay,       ///< every message between one member and the broker takes long
  disk_full            ///< one member's state folder takes nothing more
};
[[nodiscard]] const char* to_string(Fault fault);

/// The kinds of steps that a schedule mixes.
enum class Kind : std::uint8_t { instances, broker, database, network, disk };
[[nodiscard]] const char* to_string(Kind kind);
[[nodiscard]] const std::set<Kind>& all_kinds();
/// "all", or names with commas between. Throws std::runtime_error on others.
[[nodiscard]] std::set<Kind> parse_kinds(const std::string& text);

struct Step {
  std::chrono::milliseconds after{0};  ///< the step before, and its end
  std::variant<Action, Fault> what = Action::join;
  std::size_t member = 0;              ///< of a fault that is everybody's: who dies meanwhile, if somebody does
  std::chrono::milliseconds lasts{0};  ///< a fault
  bool kills = false;                  ///< in the middle of the fault the member is killed and started again

  [[nodiscard]] const Action* action() const { return std::get_if<Action>(&what); }
  [[nodiscard]] const Fault* fault() const { return std::get_if<Fault>(&what); }
};
[[nodiscard]] Kind kind_of(const Step& step);

struct Schedule {
  unsigned seed = 0;
  std::vector<Life> first;  ///< of each member
  std::vector<Step> steps;
  bool all_return = false;  ///< in the end the absent ones come back; else the others take over what they left
};

struct Plan {
  unsigned seed = 0;
  std::size_t steps = 0;
  std::chrono::milliseconds session{0};  ///< after which the group gives up a member
  std::chrono::milliseconds nap{0};      ///< where it is not 0, one pause in four lasts at least so long
  std::set<Kind> kinds = {Kind::instances};
  std::chrono::milliseconds longest{4'000};  ///< a fault lasts; none is shorter than half a second
};

/// So many steps hold each kind that is in the mix.
inline constexpr std::size_t steps_of_a_round = 7;

/// Two or three members. Every step is possible when its turn comes. Pauses are shorter and longer than the session.
/// Where things go wrong around the fleet, one of its members runs at any time, and each kind comes once in a round;
/// instances as often as makes the round full.
[[nodiscard]] Schedule make_schedule(const Plan& plan);
/// Three members of which one or two are killed every second or so, and started again at once, until `kills` have been.
[[nodiscard]] Schedule make_storm(unsigned seed, std::size_t kills);

/// What a member is after `action`.
[[nodiscard]] Life after(Action action);
[[nodiscard]] bool is_possible(Action action, Life life);
[[nodiscard]] std::string to_text(const Schedule& schedule);

}  // namespace orders::test
