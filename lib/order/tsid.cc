#include "order/tsid.h"

#include <algorithm>

#include "base/bytes.h"

namespace orders::order {
namespace {

constexpr std::int64_t epoch = 1'577'836'800'000;  // 2020-01-01T00:00:00Z
constexpr int node_bits = 10;
constexpr int counter_bits = 12;
constexpr std::uint64_t counter_mask = (std::uint64_t{1} << counter_bits) - 1;
/// A clock that is wrong by decades must not reach the sign bit (41 bits of milliseconds end in 2089). What is left
/// above lets the counter run on.
constexpr std::int64_t latest = (std::int64_t{1} << 41) - (std::int64_t{1} << 30);

/// Folded; a version of the compiler's library must not change an instance's node.
std::uint64_t node_of(std::string_view identity) {
  auto hash = fnv1a(identity);
  hash ^= hash >> 32;
  hash ^= hash >> 16;
  return hash & ((std::uint64_t{1} << node_bits) - 1);
}

}  // namespace

TsidGenerator::TsidGenerator(std::string_view identity) : node_(node_of(identity)), random_(std::random_device{}()) {}

OrderId TsidGenerator::next(Timestamp now) {
  const auto millis = static_cast<std::uint64_t>(std::clamp<std::int64_t>(to_millis(now) - epoch, 0, latest));
  const std::scoped_lock lock(mutex_);
  if (millis > last_ >> counter_bits) {
    last_ = millis << counter_bits | (std::uniform_int_distribution<std::uint64_t>(0, counter_mask)(random_));
  } else {
    ++last_;  // the same millisecond, or the clock stepped back; a full counter carries into the next millisecond
  }
  return static_cast<OrderId>((last_ >> counter_bits) << (counter_bits + node_bits) | node_ << counter_bits |
                              (last_ & counter_mask));
}

Timestamp time_of(OrderId id) {
  return from_millis(static_cast<std::int64_t>(static_cast<std::uint64_t>(id) >> (counter_bits + node_bits)) + epoch);
}

}  // namespace orders::order
