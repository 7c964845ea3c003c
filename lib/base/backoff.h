// Exponential backoff with jitter.
#pragma once

#include <random>

#include "base/time.h"

namespace orders {

/// What is away is tried again after this at the latest, so that all goes on within 10 s when it is back.
inline constexpr Milliseconds longest_wait{5'000};

struct BackoffPolicy {
  Milliseconds initial{100};
  double multiplier = 2;
  Milliseconds max{longest_wait};
};

/// The delays between tries of one thing. Not thread-safe; one owner.
class Backoff {
 public:
  explicit Backoff(BackoffPolicy policy);
  /// The next delay: the current step, of which the upper half is random ("equal jitter").
  [[nodiscard]] Milliseconds next();
  /// After a success.
  void reset();
  [[nodiscard]] int attempts() const { return attempts_; }

 private:
  BackoffPolicy policy_;
  double step_;
  int attempts_ = 0;
  std::minstd_rand random_;
};

}  // namespace orders
