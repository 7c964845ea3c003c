#include "base/backoff.h"

#include <algorithm>

namespace orders {
namespace {
double first_step(const BackoffPolicy& policy) {
  return static_cast<double>(std::min(policy.initial, policy.max).count());
}
}  // namespace

Backoff::Backoff(BackoffPolicy policy) : policy_(policy), step_(first_step(policy)), random_(std::random_device{}()) {}

Milliseconds Backoff::next() {
  ++attempts_;
  const double step = step_;
  step_ = std::min(step_ * policy_.multiplier, static_cast<double>(policy_.max.count()));
  return Milliseconds{static_cast<std::int64_t>(std::uniform_real_distribution{step / 2, step}(random_))};
}

void Backoff::reset() {
  attempts_ = 0;
  step_ = first_step(policy_);
}

}  // namespace orders
