#include "base/histogram.h"

namespace orders {

void RecentHistogram::turn(Time now) {
  if (now - begun_ < half_) return;
  const bool just_ended = now - begun_ < 2 * half_;
  before_ = just_ended ? present_ : Histogram{};
  present_ = {};
  begun_ = just_ended ? begun_ + half_ : now;
}

void RecentHistogram::add(Milliseconds duration, Time now) {
  turn(now);
  present_.add(duration);
}

Histogram RecentHistogram::at(Time now) {
  turn(now);
  auto both = before_;
  return both += present_;
}

}  // namespace orders
