// A circuit breaker: what fails again and again is left in peace for a while.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace orders::catalog {

///             so many failures in a row             the pause is over
///     closed ──────────────────────────> open ──────────────────────────> half-open
///       ^                                 │ ^          one probe           │   │
///       │             an answer           │ └────────── a failure ─────────┘   │
///       └─────────────────────────────────┴──────────── an answer ─────────────┘
///
/// Answers and failures may be of requests that began in an earlier state. Not thread-safe.
class Breaker {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State : std::uint8_t { closed, open, half_open };

  Breaker(int failures, Milliseconds pause) : limit_(failures), pause_(pause) {}

  [[nodiscard]] State state() const { return state_; }
  /// True once after the pause: half-open now, and the caller makes the one request that decides.
  [[nodiscard]] bool take_probe(Clock::time_point now);
  /// When take_probe() is due; never unless open.
  [[nodiscard]] Clock::time_point probe_at() const;
  void answered();
  /// True when this has opened it.
  bool failed(Clock::time_point now);

 private:
  const int limit_;
  const Milliseconds pause_;
  State state_ = State::closed;
  int failures_ = 0;  ///< in a row, while closed
  Clock::time_point probe_at_{};
};

/// "closed", "open", "half_open"
[[nodiscard]] std::string_view to_string(Breaker::State state);

}  // namespace orders::catalog
