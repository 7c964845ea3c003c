// Failures, counted by what was done next.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace orders {

/// Not thread-safe.
class ErrorCounts {
 public:
  void add(ErrorClass error_class) { ++counts_[static_cast<std::size_t>(error_class)]; }
  [[nodiscard]] std::uint64_t of(ErrorClass error_class) const {
    return counts_[static_cast<std::size_t>(error_class)];
  }
  ErrorCounts& operator+=(const ErrorCounts& more) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += more.counts_[i];
    return *this;
  }

 private:
  std::array<std::uint64_t, error_classes> counts_{};
};

}  // namespace orders
