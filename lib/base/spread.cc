#include "base/spread.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace orders {
namespace {

constexpr std::uint64_t highest = (1ull << 32) - 1;

/// The lowest bits of a number that its bucket leaves out: all but the four highest.
std::size_t left_out(std::uint64_t number) {
  const auto width = static_cast<std::size_t>(std::bit_width(number));
  return width > 4 ? width - 4 : 0;
}

std::size_t bucket_of(std::uint64_t number) {
  number = std::min(number, highest);
  const auto bits = left_out(number);
  return 8 * bits + static_cast<std::size_t>(number >> bits);
}

/// The highest number of a bucket.
std::uint64_t end_of(std::size_t bucket) {
  if (bucket < 16) return bucket;
  const auto bits = bucket / 8 - 1;
  return ((bucket - 8 * bits + 1) << bits) - 1;
}

}  // namespace

void Spread::add(std::uint64_t number) {
  ++counts_[bucket_of(number)];
  ++count_;
  sum_ += number;
  max_ = std::max(max_, number);
}

Spread& Spread::operator+=(const Spread& more) {
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) counts_[bucket] += more.counts_[bucket];
  count_ += more.count_;
  sum_ += more.sum_;
  max_ = std::max(max_, more.max_);
  return *this;
}

std::uint64_t Spread::quantile(double share) const {
  const auto below = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  const auto rank = std::max<std::uint64_t>(below, 1);
  std::uint64_t counted = 0;
  for (std::size_t bucket = 0; bucket + 1 < buckets; ++bucket) {
    counted += counts_[bucket];
    if (counted >= rank) return std::min(end_of(bucket), max_);
  }
  return max_;
}

std::uint64_t Spread::below(std::uint64_t limit) const {
  std::uint64_t counted = 0;
  for (std::size_t bucket = 0; bucket < buckets && end_of(bucket) < limit; ++bucket) counted += counts_[bucket];
  return counted;
}

}  // namespace orders
