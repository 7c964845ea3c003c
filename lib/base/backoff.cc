#include "base/backoff.h"

#include <algorithm>

namespace orders {

Backoff::Backoff(BackoffPolicy policy)
    : policy_(policy), step_(static_cast<double>(policy.initial.count())), random_(std::random_device{}()) {}

Milliseconds Backoff::next() {
  ++attempts_;
  const double step = step_;
  step_ = std::min(step_ * policy_.multiplier, static_cast<double>(policy_.max.count()));
  return Milliseconds{static_cast<std::int64_t>(std::uniform_real_distribution{step / 2, step}(random_))};
}

void Backoff::reset() {
  attempts_ = 0;
  step_ = static_cast<double>(policy_.initial.count());
}

}  // namespace orders
