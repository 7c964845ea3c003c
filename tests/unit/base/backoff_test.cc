#include <gtest/gtest.h>

#include <set>

#include "base/backoff.h"

namespace orders {
namespace {

TEST(Backoff, GrowsUpToItsMaximumWithTheUpperHalfRandom) {
  Backoff backoff({Milliseconds{100}, 2, Milliseconds{1'000}});
  for (const int step : {100, 200, 400, 800, 1'000, 1'000, 1'000}) {
    const auto delay = backoff.next().count();
    EXPECT_GE(delay, step / 2);
    EXPECT_LE(delay, step);
  }
  EXPECT_EQ(backoff.attempts(), 7);
}

TEST(Backoff, BeginsAnewAfterASuccess) {
  Backoff backoff({Milliseconds{100}, 10, Milliseconds{100'000}});
  for (int i = 0; i < 5; ++i) static_cast<void>(backoff.next());
  backoff.reset();
  EXPECT_EQ(backoff.attempts(), 0);
  EXPECT_LE(backoff.next().count(), 100);
}

TEST(Backoff, NeverExceedsItsMaximum) {
  Backoff backoff({Milliseconds{5'000}, 2, Milliseconds{100}});
  for (int i = 0; i < 10; ++i) EXPECT_LE(backoff.next().count(), 100);
  Backoff often({Milliseconds{1}, 100, Milliseconds{1'000}});
  for (int i = 0; i < 10'000; ++i) ASSERT_LE(often.next().count(), 1'000);
}

TEST(Backoff, DiffersBetweenInstancesThatFailTogether) {
  std::set<std::int64_t> delays;
  for (int i = 0; i < 20; ++i)
    delays.insert(Backoff({Milliseconds{1'000'000}, 2, Milliseconds{1'000'000}}).next().count());
  EXPECT_GT(delays.size(), 10u);
}

TEST(Backoff, OfZeroIsZero) {
  Backoff backoff({Milliseconds{0}, 2, Milliseconds{0}});
  EXPECT_EQ(backoff.next().count(), 0);
}

}  // namespace
}  // namespace orders
