// How durations are spread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/spread.h"
#include "base/time.h"

namespace orders {

/// A Spread of durations, counted in `Unit`s. One thread.
template <class Unit>
class HistogramIn {
 public:
  using Duration = Unit;
  /// A negative one counts as 0, and all from 2^32 units on (49 days in milliseconds) share the last bucket.
  void add(Unit duration) {
    spread_.add(static_cast<std::uint64_t>(std::max<typename Unit::rep>(duration.count(), 0)));
  }
  HistogramIn& operator+=(const HistogramIn& more) {
    spread_ += more.spread_;
    return *this;
  }

  [[nodiscard]] std::uint64_t count() const { return spread_.count(); }
  /// The highest, exactly; 0 when there is none.
  [[nodiscard]] Unit max() const { return Unit{spread_.max()}; }
  /// What `share` (0 to 1) of all do not exceed, rounded up to the end of its bucket but not above max(); 0 when there
  /// is none.
  [[nodiscard]] Unit quantile(double share) const { return Unit{spread_.quantile(share)}; }
  /// Of their numbers of units.
  [[nodiscard]] const Spread& spread() const { return spread_; }

 private:
  Spread spread_;
};

using Histogram = HistogramIn<Milliseconds>;
/// For what takes less than a few milliseconds.
using FineHistogram = HistogramIn<std::chrono::microseconds>;

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
