#include "topology/checkpoints.h"

#include <gtest/gtest.h>

#include <limits>

namespace orders::topology {
namespace {

constexpr auto last = std::numeric_limits<std::int64_t>::max();

TEST(Checkpoints, StandAsFarApartAsTheyShould) {
  Checkpoints checkpoints({0, std::nullopt}, Milliseconds{10});
  for (std::int64_t n = 1; n <= 100; ++n) checkpoints.note(n, from_millis(n));
  EXPECT_EQ(checkpoints.size(), 11u);
  EXPECT_EQ(*checkpoints.from(from_millis(52)), (Checkpoint{51, from_millis(51)}));
  EXPECT_EQ(*checkpoints.from(from_millis(61)), (Checkpoint{51, from_millis(51)}));
  EXPECT_EQ(*checkpoints.from(from_millis(1)), (Checkpoint{0, std::nullopt}));
}

TEST(Checkpoints, ThatAreForgottenAreMissed) {
  Checkpoints checkpoints({0, std::nullopt}, Milliseconds{10});
  for (std::int64_t n = 1; n <= 100; ++n) checkpoints.note(n, from_millis(n));
  checkpoints.forget_before(from_millis(52));
  EXPECT_EQ(checkpoints.size(), 5u);
  EXPECT_EQ(*checkpoints.from(from_millis(52)), (Checkpoint{51, from_millis(51)}));
  EXPECT_EQ(*checkpoints.from(from_millis(75)), (Checkpoint{71, from_millis(71)}));
  EXPECT_EQ(checkpoints.from(from_millis(51)), nullptr);
  EXPECT_EQ(*checkpoints.from(std::nullopt), (Checkpoint{51, from_millis(51)})) << "there is nothing older";
}

TEST(Checkpoints, StandAsFarApartAtTheEndOfTime) {
  Checkpoints checkpoints({0, std::nullopt}, Milliseconds{10});
  for (std::int64_t n = 1; n <= 20; ++n) checkpoints.note(n, from_millis(last - 20 + n));
  EXPECT_EQ(checkpoints.size(), 3u) << "the first one, at 1 and at 11";
}

TEST(Checkpoints, AreThinnedWhereASideIsSilentForLong) {
  Checkpoints checkpoints({0, std::nullopt}, Milliseconds{1});
  for (std::int64_t n = 1; n <= 10'000; ++n) {
    checkpoints.note(n, from_millis(n));
    ASSERT_LE(checkpoints.size(), 2'048u);
  }
  EXPECT_EQ(*checkpoints.from(std::nullopt), (Checkpoint{0, std::nullopt})) << "the oldest one: all may be needed";
  const auto from = *checkpoints.from(from_millis(5'000));
  EXPECT_LT(from.stream_time, from_millis(5'000));
  EXPECT_GT(from.stream_time, from_millis(4'900)) << "coarser, but no further back";
}

}  // namespace
}  // namespace orders::topology
