// Numbers counted in buckets, as cumulative counts ask for them.
#include "base/spread.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace orders {
namespace {

TEST(Spread, CountsExactlyWhatIsBelowTheBeginningOfABucket) {
  Spread spread;
  for (std::uint64_t number = 0; number < 3'000; ++number) spread.add(number);
  for (std::uint64_t limit = 0; limit <= 16; ++limit) EXPECT_EQ(spread.below(limit), limit);
  for (std::uint64_t power = 16; power < 2'048; power *= 2) {
    for (std::uint64_t eighth = 0; eighth < 8; ++eighth) {
      const auto limit = power + eighth * power / 8;
      EXPECT_EQ(spread.below(limit), limit);
    }
  }
  EXPECT_EQ(spread.below(std::numeric_limits<std::uint64_t>::max()), 3'000u);
}

TEST(Spread, CountsOnlyWholeBucketsElsewhere) {
  Spread spread;
  spread.add(50);  // of the bucket of 48 to 51
  EXPECT_EQ(spread.below(51), 0u);
  EXPECT_EQ(spread.below(52), 1u);
}

TEST(Spread, KnowsItsSum) {
  Spread spread;
  spread.add(51);
  spread.add(1'000'003);
  Spread more;
  more.add(7);
  spread += more;
  EXPECT_EQ(spread.sum(), 1'000'061u);
  EXPECT_EQ(spread.count(), 3u);
  EXPECT_EQ(spread.max(), 1'000'003u);
}

}  // namespace
}  // namespace orders
