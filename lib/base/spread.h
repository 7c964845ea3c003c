// How numbers are spread, in little room: for those of which there may be millions a second.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace orders {

/// Counts numbers in buckets that grow with them: each is exact below 16, and at most an eighth of its numbers wide
/// above. Allocates nothing. One thread.
class Spread {
 public:
  /// All from 2^32 on share the last bucket.
  void add(std::uint64_t number);
  Spread& operator+=(const Spread& more);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Exact.
  [[nodiscard]] std::uint64_t sum() const { return sum_; }
  /// The highest, exactly; 0 when there is none.
  [[nodiscard]] std::uint64_t max() const { return max_; }
  /// What `share` (0 to 1) of all do not exceed, rounded up to the end of its bucket but not above max(); 0 when there
  /// is none.
  [[nodiscard]] std::uint64_t quantile(double share) const;
  /// How many are below `limit`: exactly where a bucket begins there, which one does at every number up to 16, at every
  /// power of two up to 2^31, and at eighths of the way from one to the next. Else fewer: those of whole buckets.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit) const;

 private:
  static constexpr std::size_t buckets = 240;  ///< 16 of one number, and 8 for each power of two from 16 to 2^32

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace orders
