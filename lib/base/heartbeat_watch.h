// Tells from their signs of life which threads hang.
#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/heartbeat.h"

namespace orders::heartbeat {

/// To be asked again and again, about every `interval`. Not thread-safe.
///
/// Time in which nobody asked counts against nobody: whoever asks was stopped (SIGSTOP, a frozen cgroup) or got no
/// processor, and so were and did the others. A suspended machine is not even noticed: CLOCK_MONOTONIC, which is the
/// steady clock, stands still meanwhile.
class Watch {
 public:
  using Clock = std::chrono::steady_clock;
  /// `limit`: how long a thread may be silent, where it has not said that it may be for longer.
  Watch(Milliseconds limit, Milliseconds interval) : limit_(limit), most_counted_(2 * interval) {}

  struct Hung {
    std::string thread;
    std::string place;  ///< to which it had come
    Milliseconds silent{0};
  };
  /// Those that have been silent for too long at `now`, by their signs of that time.
  [[nodiscard]] std::vector<Hung> look(std::span<const Sign> signs, Clock::time_point now);
  /// How long the most silent thread had been so when it looked last, beyond what that one had said; 0 without any.
  [[nodiscard]] Milliseconds longest_silence() const { return longest_; }

 private:
  struct Silence {
    std::uint64_t beats = 0;
    Clock::duration lasts{0};
  };
  const Milliseconds limit_;
  const Milliseconds most_counted_;  ///< of the time between two looks
  Clock::time_point looked_;
  Milliseconds longest_{0};
  std::map<std::uint64_t, Silence> threads_;  ///< by their number
};

}  // namespace orders::heartbeat
