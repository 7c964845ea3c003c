// "At most N failures in M": how often a thread is replaced before it is given up.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include "base/time.h"

namespace orders {

/// The project's rule for every thread.
struct RestartRule {
  std::size_t limit = 5;
  Milliseconds within{std::chrono::minutes{10}};
};

/// A sliding window over a clock that never steps back. Not thread-safe; one for each thread that is supervised.
class RestartLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RestartLimiter(RestartRule rule) : rule_(rule) {}

  /// Counts a failure. True: replace the thread; false: it is one more than `limit` in the last `within`, give up. A
  /// failure exactly `within` ago counts no more.
  [[nodiscard]] bool may_restart(Clock::time_point now);

 private:
  const RestartRule rule_;
  std::deque<Clock::time_point> failures_;  ///< those within the window, oldest first
};

}  // namespace orders
