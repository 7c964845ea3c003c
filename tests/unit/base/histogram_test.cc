// Durations counted in buckets, and those of the last while.
#include "base/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace orders {
namespace {

using namespace std::chrono_literals;

Histogram of(const std::vector<Milliseconds>& durations) {
  Histogram histogram;
  for (const auto duration : durations) histogram.add(duration);
  return histogram;
}

TEST(Histogram, HasNothingToTellAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.quantile(0.5), 0ms);
  EXPECT_EQ(histogram.max(), 0ms);
}

TEST(Histogram, IsExactForWhatIsShort) {
  const auto histogram = of({1ms, 2ms, 3ms, 4ms, 15ms});
  EXPECT_EQ(histogram.quantile(0), 1ms);
  EXPECT_EQ(histogram.quantile(0.2), 1ms);
  EXPECT_EQ(histogram.quantile(0.5), 3ms);
  EXPECT_EQ(histogram.quantile(0.8), 4ms);
  EXPECT_EQ(histogram.quantile(0.81), 15ms);
  EXPECT_EQ(histogram.quantile(1), 15ms);
  EXPECT_EQ(histogram.count(), 5u);
}

TEST(Histogram, IsNeverTooLowAndAtMostAnEighthTooHigh) {
  std::mt19937_64 random(1);
  std::vector<Milliseconds> durations;
  for (int i = 0; i < 20'000; ++i) durations.emplace_back(random() >> (32 + random() % 32));
  const auto histogram = of(durations);
  std::ranges::sort(durations);
  for (const double share : {0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(durations.size())));
    const auto exact = durations[rank - 1];
    EXPECT_GE(histogram.quantile(share), exact) << share;
    EXPECT_LE(histogram.quantile(share), exact + exact / 8) << share;
  }
  EXPECT_EQ(histogram.max(), durations.back());
}

TEST(Histogram, TellsTheBoundsOfNeighbouringBucketsApart) {
  for (const auto power : {16, 64, 1'024, 1 << 20}) {
    EXPECT_LT(of({Milliseconds{power - 1}, 49 * 24h}).quantile(0.5), Milliseconds{power}) << power;
    EXPECT_GE(of({Milliseconds{power}, 49 * 24h}).quantile(0.5), Milliseconds{power}) << power;
  }
}

TEST(Histogram, TakesWhatIsNegativeForNothing) {
  const auto histogram = of({-5s, Milliseconds::min()});
  EXPECT_EQ(histogram.count(), 2u);
  EXPECT_EQ(histogram.quantile(1), 0ms);
  EXPECT_EQ(histogram.max(), 0ms);
}

TEST(Histogram, HasRoomForWhatIsVeryLong) {
  const auto histogram = of({1ms, 1000 * 24h, Milliseconds::max()});
  EXPECT_EQ(histogram.quantile(0.3), 1ms);
  EXPECT_EQ(histogram.quantile(0.99), Milliseconds::max());
}

TEST(Histogram, AddsUp) {
  auto sum = of({1ms, 2ms});
  sum += of({3ms, 700ms});
  sum += Histogram{};
  EXPECT_EQ(sum.count(), 4u);
  EXPECT_EQ(sum.quantile(0.75), 3ms);
  EXPECT_EQ(sum.max(), 700ms);
}

class OfTheLastMinute : public testing::Test {
 protected:
  RecentHistogram recent{60s};
  const RecentHistogram::Time start = RecentHistogram::Time{} + 1h;
};

TEST_F(OfTheLastMinute, WhatIsYoungerThanHalfOfItIsAlwaysInView) {
  for (auto at = 0s; at < 300s; at += 10s) {
    recent.add(1ms, start + at);
    EXPECT_GE(recent.at(start + at + 9s).count(), std::min<std::uint64_t>(static_cast<std::uint64_t>(at / 10s) + 1, 3));
  }
}

TEST_F(OfTheLastMinute, NothingOlderIsInView) {
  recent.add(1ms, start);
  recent.add(2ms, start + 29s);
  recent.add(3ms, start + 55s);
  EXPECT_EQ(recent.at(start + 59s).count(), 3u);
  const auto later = recent.at(start + 60s);
  EXPECT_EQ(later.count(), 1u);
  EXPECT_EQ(later.max(), 3ms);
  EXPECT_EQ(recent.at(start + 90s).count(), 0u);
}

TEST_F(OfTheLastMinute, AfterALongSilenceItBeginsAnew) {
  recent.add(1ms, start);
  EXPECT_EQ(recent.at(start + 1h).count(), 0u);
  recent.add(2ms, start + 1h + 29s);
  EXPECT_EQ(recent.at(start + 1h + 59s).count(), 1u);
}

}  // namespace
}  // namespace orders
