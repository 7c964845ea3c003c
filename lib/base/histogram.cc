#include "base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace orders {
namespace {

constexpr std::uint64_t highest = (1ull << 32) - 1;

/// The lowest bits of a duration that its bucket leaves out: all but the four highest.
std::size_t left_out(std::uint64_t milliseconds) {
  const auto width = static_cast<std::size_t>(std::bit_width(milliseconds));
  return width > 4 ? width - 4 : 0;
}

std::size_t bucket_of(Milliseconds duration) {
  const auto milliseconds = std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)), highest);
  const auto bits = left_out(milliseconds);
  return 8 * bits + static_cast<std::size_t>(milliseconds >> bits);
}

/// The highest duration of a bucket.
Milliseconds end_of(std::size_t bucket) {
  if (bucket < 16) return Milliseconds{bucket};
  const auto bits = bucket / 8 - 1;
  return Milliseconds{((bucket - 8 * bits + 1) << bits) - 1};
}

}  // namespace

void Histogram::add(Milliseconds duration) {
  ++counts_[bucket_of(duration)];
  ++count_;
  max_ = std::max(max_, duration);
}

Histogram& Histogram::operator+=(const Histogram& more) {
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) counts_[bucket] += more.counts_[bucket];
  count_ += more.count_;
  max_ = std::max(max_, more.max_);
  return *this;
}

Milliseconds Histogram::quantile(double share) const {
  const auto below = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  const auto rank = std::max<std::uint64_t>(below, 1);
  std::uint64_t counted = 0;
  for (std::size_t bucket = 0; bucket + 1 < buckets; ++bucket) {
    counted += counts_[bucket];
    if (counted >= rank) return std::min(end_of(bucket), max_);
  }
  return max_;
}

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
