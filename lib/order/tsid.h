// New order ids: time-sorted, 64 bits.
#pragma once

#include <mutex>
#include <random>
#include <string_view>

#include "base/time.h"
#include "order/key.h"

namespace orders::order {

/// A TSID: 42 bits of milliseconds since 2020-01-01, 10 bits of node (hashed from the identity), 12 bits that count
/// within the millisecond from a random start. Always positive, strictly increasing within one generator, also when the
/// clock steps back. No state is kept, so a database restored from yesterday can't bring an id back.
class TsidGenerator {
 public:
  explicit TsidGenerator(std::string_view identity);
  /// Any thread.
  [[nodiscard]] OrderId next(Timestamp now);

 private:
  std::mutex mutex_;
  std::uint64_t node_;
  std::uint64_t last_ = 0;  ///< milliseconds << 12 | counter of the id handed out last
  std::minstd_rand random_;
};

/// The moment that is in the id.
[[nodiscard]] Timestamp time_of(OrderId id);

}  // namespace orders::order
