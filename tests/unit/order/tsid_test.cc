#include "order/tsid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

namespace orders::order {
namespace {

using namespace std::chrono_literals;

const Timestamp noon = from_millis(1'769'860'800'123);

std::int64_t node_of(OrderId id) { return id >> 12 & 0x3ff; }

TEST(Tsid, IsStrictlyIncreasingAndPositiveInFourThreads) {
  TsidGenerator generator("orders/host-1");
  constexpr std::size_t each = 250'000;
  std::vector<std::vector<OrderId>> ids(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : ids) {
      threads.emplace_back([&] {
        mine.reserve(each);
        for (std::size_t i = 0; i < each; ++i) mine.push_back(generator.next(wall_clock_now()));
      });
    }
  }
  std::vector<OrderId> all;
  for (const auto& mine : ids) {
    EXPECT_EQ(std::adjacent_find(mine.begin(), mine.end(), std::greater_equal<>()), mine.end());
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all.size(), 4 * each);
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "an id came twice";
  EXPECT_GT(all.front(), 0);
}

TEST(Tsid, HoldsItsMoment) {
  TsidGenerator generator("a");
  for (const Timestamp moment : {from_millis(1'577'836'800'001), noon, noon + 1ms, noon + 24h * 365 * 60}) {
    EXPECT_EQ(time_of(generator.next(moment)), moment);
  }
}

TEST(Tsid, StaysIncreasingWhenTheClockStepsBack) {
  TsidGenerator generator("a");
  OrderId last = generator.next(noon);
  for (const auto back : {0ms, 1ms, 1'000ms, 86'400'000ms, 1ms}) {
    const OrderId id = generator.next(noon - back);
    EXPECT_GT(id, last);
    EXPECT_LE(time_of(id), noon + 1ms);
    last = id;
  }
}

TEST(Tsid, MovesToTheNextMillisecondWhenTheCounterIsFull) {
  TsidGenerator generator("a");
  OrderId last = generator.next(noon);
  const auto room = 4'095 - (last & 0xfff);
  for (std::int64_t i = 0; i < room; ++i) last = generator.next(noon);
  EXPECT_EQ(time_of(last), noon);
  EXPECT_EQ(last & 0xfff, 4'095);
  const OrderId next = generator.next(noon);
  EXPECT_EQ(time_of(next), noon + 1ms);
  EXPECT_EQ(next & 0xfff, 0);
  EXPECT_EQ(node_of(next), node_of(last));
  EXPECT_GT(generator.next(noon + 1ms), next);
}

TEST(Tsid, ClocksThatAreWrongByDecadesStillGivePositiveIncreasingIds) {
  for (const Timestamp wrong :
       {from_millis(0), from_millis(INT64_MIN / 2), from_millis(4'102'444'800'000'000), from_millis(INT64_MAX)}) {
    TsidGenerator generator("a");
    OrderId last = 0;
    for (int i = 0; i < 10'000; ++i) {
      const OrderId id = generator.next(wrong);
      ASSERT_GT(id, last);
      last = id;
    }
  }
}

TEST(Tsid, NodeFollowsTheIdentityAndIsStable) {
  std::set<std::int64_t> nodes;
  for (int i = 0; i < 200; ++i) {
    const auto identity = "orders/host-" + std::to_string(i);
    const auto node = node_of(TsidGenerator(identity).next(noon));
    EXPECT_EQ(node, node_of(TsidGenerator(identity).next(noon + 1h)));
    nodes.insert(node);
  }
  EXPECT_GT(nodes.size(), 150U);  // 200 of 1,024: about 182 if spread evenly
}

TEST(Tsid, StartsTheCounterAtRandom) {
  TsidGenerator generator("a");
  std::set<std::int64_t> starts;
  for (int i = 0; i < 100; ++i) starts.insert(generator.next(noon + Milliseconds(i)) & 0xfff);
  EXPECT_GT(starts.size(), 80U);
}

}  // namespace
}  // namespace orders::order
