// How durations are spread, in little room: for latencies, of which there may be millions a second.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace orders {

/// Counts durations in buckets that grow with them: each is exact below 16 ms, and at most an eighth of its durations
/// wide above. Allocates nothing. One thread.
class Histogram {
 public:
  /// A negative one counts as 0, and all from 49 days on share the last bucket.
  void add(Milliseconds duration);
  Histogram& operator+=(const Histogram& more);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The highest, exactly; 0 when there is none.
  [[nodiscard]] Milliseconds max() const { return max_; }
  /// What `share` (0 to 1) of all do not exceed, rounded up to the end of its bucket but not above max(); 0 when there
  /// is none.
  [[nodiscard]] Milliseconds quantile(double share) const;

 private:
  static constexpr std::size_t buckets = 240;  ///< 16 of 1 ms, and 8 for each power of two from 16 ms to 2^32 ms

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  Milliseconds max_{0};
};

/// A histogram of the last while. Two take turns, each for half of the window: what is in view is never older than the
/// window, and always has its last half. One thread.
class RecentHistogram {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit RecentHistogram(Milliseconds window) : half_(window / 2) {}

  /// `now` never goes back from one call to the next.
  void add(Milliseconds duration, Time now);
  [[nodiscard]] Histogram at(Time now);

 private:
  void turn(Time now);

  Milliseconds half_;
  Time begun_;  ///< of the present one
  Histogram present_;
  Histogram before_;
};

}  // namespace orders
