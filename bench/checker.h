// Judges results: exactly one for each order, with the status and source of the wire contract.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "data.h"

namespace orders::bench {

class Checker {
 public:
  explicit Checker(const Recipe& recipe) : recipe_(recipe), seen_(recipe.orders) {}

  /// Of one record of the results' topic; true for the first right result of an order.
  bool take(std::string_view key, std::string_view value);

  [[nodiscard]] bool complete() const { return right == recipe_.orders; }
  [[nodiscard]] bool passed() const { return complete() && duplicate == 0 && wrong == 0; }

  std::uint64_t right = 0;
  std::uint64_t duplicate = 0;              ///< results of orders that had one already
  std::uint64_t wrong = 0;                  ///< an order's first result, with the wrong decision, or unreadable
  std::uint64_t foreign = 0;                ///< of no order of this run, or no result (NEW, a tombstone)
  std::array<std::uint64_t, 4> outcomes{};  ///< of the right ones

 private:
  const Recipe recipe_;
  std::vector<bool> seen_;
};

}  // namespace orders::bench
