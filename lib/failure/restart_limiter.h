// "At most N failures in M": how often a supervisor replaces a thread before it gives up.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include "base/time.h"

namespace orders::failure {

/// A sliding window over a clock that never steps back. Not thread-safe; one for each thread that is supervised.
class RestartLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  RestartLimiter(std::size_t limit, Milliseconds within) : limit_(limit), within_(within) {}

  /// Counts a failure. True: replace the thread; false: it is one more than `limit` in the last `within`, give up. A
  /// failure exactly `within` ago counts no more.
  [[nodiscard]] bool may_restart(Clock::time_point now);

 private:
  std::size_t limit_;
  Milliseconds within_;
  std::deque<Clock::time_point> failures_;  ///< those within the window, oldest first
};

}  // namespace orders::failure
