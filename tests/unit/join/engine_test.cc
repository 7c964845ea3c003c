#include "join/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "join/memory_buffer.h"

namespace orders::join {
namespace {

using order::Status;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

struct Recorder : Sink {
  std::vector<std::string> events;
  void joined(const Pair& pair) override {
    events.push_back("pair " + std::to_string(pair.key) + " @" + std::to_string(to_millis(pair.timestamp)) + " " +
                     std::string(pair.stock_value));
  }
  void unmatched(Side side, const Entry& entry) override {
    events.push_back("unmatched " + std::string(to_string(side)) + " " + std::to_string(entry.key) + " " +
                     std::string(entry.value));
  }
};

class Join : public testing::Test {
 protected:
  Settings settings{.before = milliseconds{100}, .after = milliseconds{50}, .grace = milliseconds{10}};
  MemoryBuffer buffer;
  Recorder sink;
  std::unique_ptr<Engine> engine = std::make_unique<Engine>(settings, buffer);
  std::int64_t offset = 0;

  void use(const Settings& changed) { engine = std::make_unique<Engine>(settings = changed, buffer); }
  Fate feed(Side side, std::int64_t key, std::int64_t time, Status status = Status::accept,
            std::string_view value = "v") {
    return engine->process({.side = side,
                            .offset = offset++,
                            .timestamp = from_millis(time),
                            .answer = {.order_id = key, .status = status, .splice = {}},
                            .value = value},
                           sink);
  }
  Fate payment(std::int64_t key, std::int64_t time, Status status = Status::accept) {
    return feed(Side::payment, key, time, status, "p");
  }
  Fate stock(std::int64_t key, std::int64_t time, Status status = Status::accept) {
    return feed(Side::stock, key, time, status, "s");
  }
};

TEST_F(Join, JoinsWhicheverSideComesFirst) {
  EXPECT_EQ(payment(1, 1000), Fate::waiting);
  EXPECT_EQ(stock(1, 1010), Fate::joined);
  EXPECT_EQ(stock(2, 1010), Fate::waiting);
  EXPECT_EQ(payment(2, 1020), Fate::joined);
  EXPECT_THAT(sink.events, ElementsAre("pair 1 @1010 s", "pair 2 @1020 s"));
}

TEST_F(Join, WindowIncludesBothItsEdges) {
  payment(1, 1000);
  EXPECT_EQ(stock(1, 1050), Fate::joined);  // p + after
  payment(2, 2000);
  EXPECT_EQ(stock(2, 2051), Fate::waiting);
  stock(3, 2500);
  EXPECT_EQ(payment(3, 2600), Fate::joined);  // s = p - before
  stock(4, 3000);
  EXPECT_EQ(payment(4, 3101), Fate::waiting);
}

TEST_F(Join, LatenessLooksOnlyAtARecordsOwnSide) {
  payment(1, 10'000);
  EXPECT_NE(stock(2, 1), Fate::late);                 // far behind the payments, first of its side
  EXPECT_EQ(payment(3, 10'000 - 60), Fate::waiting);  // after + grace: just in time
  EXPECT_EQ(payment(4, 10'000 - 61), Fate::late);
  stock(5, 20'000);
  EXPECT_NE(stock(6, 20'000 - 110), Fate::late);  // before + grace
  EXPECT_EQ(stock(7, 20'000 - 111), Fate::late);
}

TEST_F(Join, RecordIsUnmatchedOnlyOnceTheOtherSideHasPassedItByMoreThanRetention) {
  stock(1, 1000);
  payment(9, 1000 + 160);
  EXPECT_THAT(sink.events, IsEmpty());
  payment(9, 1000 + 161);
  EXPECT_THAT(sink.events, ElementsAre("unmatched stock 1 s"));
  EXPECT_EQ(buffer.waiting(Side::stock), 0u);
}

TEST_F(Join, RecordThatIsAlreadyPastStillProbesThenLeavesAtOnce) {
  payment(1, 1000);
  stock(2, 5000);  // lets go of the payment: 1000 + 160 < 5000
  EXPECT_EQ(payment(3, 1001), Fate::unmatched);
  EXPECT_THAT(sink.events, ElementsAre("unmatched payment 1 p", "unmatched payment 3 p"));
}

TEST_F(Join, SilentSideClosesNothing) {
  for (int i = 0; i < 100; ++i) payment(i, 1000 * i);
  EXPECT_THAT(sink.events, IsEmpty());
  EXPECT_EQ(buffer.waiting(Side::payment), 100u);
  EXPECT_EQ(buffer.oldest_waiting(Side::payment), from_millis(0));
}

TEST_F(Join, EveryPairJoinsInTheOrderOfThePartnersTimestampsThenOffsets) {
  feed(Side::stock, 1, 1020, Status::accept, "second");
  feed(Side::stock, 1, 1000, Status::accept, "first");
  feed(Side::stock, 1, 1020, Status::accept, "third");
  EXPECT_EQ(payment(1, 1010), Fate::joined);
  EXPECT_THAT(sink.events, ElementsAre("pair 1 @1010 first", "pair 1 @1020 second", "pair 1 @1020 third"));
  EXPECT_EQ(engine->counters().of(Side::payment).joined, 1u);
  EXPECT_EQ(engine->counters().of(Side::stock).joined, 3u);
  EXPECT_EQ(engine->counters().pairs, 3u);
}

TEST_F(Join, SuppressDropsARepeatOfKeyAndStatusAlsoOfASuppressedOne) {
  use({.before = milliseconds{100}, .after = milliseconds{50}, .grace = milliseconds{10}, .suppress_duplicates = true});
  EXPECT_EQ(payment(1, 1000), Fate::waiting);
  EXPECT_EQ(payment(1, 1100), Fate::duplicate);
  EXPECT_EQ(payment(1, 1250), Fate::duplicate);  // 250 after the first, 150 after the suppressed one
  EXPECT_EQ(payment(1, 1250, Status::reject), Fate::waiting);
  EXPECT_EQ(payment(1, 1411), Fate::waiting);  // more than retention (160) after
}

TEST_F(Join, SuppressTellsStatusesApartThatHaveNoName) {
  use({.before = milliseconds{100}, .after = milliseconds{50}, .grace = milliseconds{10}, .suppress_duplicates = true});
  const auto feed = [&](std::string_view status, std::int64_t time) {
    return engine->process({.side = Side::payment,
                            .offset = offset++,
                            .timestamp = from_millis(time),
                            .answer = {.order_id = 1, .splice = {}, .unnamed = order::status_id(status)},
                            .value = "p"},
                           sink);
  };
  EXPECT_EQ(feed("HOLD", 1000), Fate::waiting);
  EXPECT_EQ(feed("SHIPPED", 1000), Fate::waiting);
  EXPECT_EQ(feed("HOLD", 1001), Fate::duplicate);
  EXPECT_EQ(feed("SHIPPED", 1001), Fate::duplicate);
}

TEST_F(Join, SuppressForgetsASidesRecordsWhenOneComesWhileItIsOff) {
  const auto off = settings;
  auto on = settings;
  on.suppress_duplicates = true;
  use(on);
  EXPECT_EQ(payment(1, 1000), Fate::waiting);
  EXPECT_EQ(stock(2, 1000), Fate::waiting);
  engine->change_settings(off);
  engine->change_settings(on);  // nothing has come meanwhile
  EXPECT_EQ(payment(1, 1000), Fate::duplicate);
  engine->change_settings(off);
  EXPECT_EQ(payment(1, 1000), Fate::waiting);
  on.before *= 2;
  engine->change_settings(on);
  EXPECT_EQ(payment(1, 1000), Fate::waiting);
  EXPECT_EQ(payment(1, 1000), Fate::duplicate);
  EXPECT_EQ(stock(2, 1000), Fate::duplicate) << "of this side none has come";
}

TEST_F(Join, PaymentKeepsItsBytesOnlyUntilItHasHadAPartner) {
  payment(1, 1000);
  std::vector<std::string> values;
  const auto look = [&](const Entry& entry, bool) { values.emplace_back(entry.value); };
  buffer.each_waiting(Side::payment, {}, [&](const Entry& entry) { return look(entry, false), true; });
  stock(1, 1000);
  buffer.join(Side::payment, 1, from_millis(0), from_millis(9999), look);
  EXPECT_THAT(values, ElementsAre("p", ""));
}

TEST(MemoryBuffer, CountsNoBytesOnceEverythingHasLeft) {
  MemoryBuffer buffer;
  std::mt19937 random(3);
  std::int64_t offset = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 200; ++i) {
      const auto side = static_cast<Side>(random() % 2);
      Entry entry;
      entry.key = static_cast<std::int64_t>(random() % 50);
      entry.timestamp = from_millis(static_cast<std::int64_t>(random() % 1'000));
      entry.offset = offset++;
      const std::string value(random() % 400, 'v');  // some fit into the string itself, some do not
      const std::string headers(random() % 40, 'h');
      entry.value = value;
      entry.headers = headers;
      buffer.insert(side, entry);
      buffer.join(other(side), static_cast<std::int64_t>(random() % 50), from_millis(0), from_millis(500),
                  [](const Entry&, bool) {});
    }
    EXPECT_GT(buffer.bytes(), 0u);
    ASSERT_LT(buffer.bytes(), 1u << 20);
    for (const Side side : {Side::payment, Side::stock}) buffer.expire(side, from_millis(1'000), [](const Entry&) {});
    ASSERT_EQ(buffer.bytes(), 0u) << "round " << round;
    ASSERT_EQ(buffer.entries(), 0u);
  }
}

/// A few payments wait among many that have had their partner: they must not hold the memory of those.
TEST(MemoryBuffer, HoldsLittleMoreThanWhatIsStillNeeded) {
  MemoryBuffer buffer;
  const std::string padding(1'000, 'v');
  const auto value_of = [&](std::int64_t i) { return std::to_string(i) + padding; };
  const auto time_of = [](std::int64_t i) { return from_millis(1'000 + (i % 7 == 0 ? i / 2 : i)); };  // some are strays
  std::map<std::int64_t, std::string> waiting;
  for (std::int64_t i = 0; i < 50'000; ++i) {
    const auto value = value_of(i), headers = std::to_string(-i);
    Entry entry;
    entry.key = entry.offset = i;
    entry.timestamp = time_of(i);
    entry.value = value;
    entry.headers = headers;
    entry.splice.close = static_cast<std::uint32_t>(i);
    buffer.insert(Side::payment, entry);
    entry.joined = true;
    buffer.insert(Side::stock, entry);
    if (i % 50 != 0) {
      buffer.join(Side::payment, i, from_millis(0), from_millis(100'000), [](const Entry&, bool) {});
    } else {
      waiting[i] = value + headers;
    }
    const auto entries = static_cast<std::uint64_t>(i + 1), needed = (entries + waiting.size()) * value.size();
    ASSERT_LE(buffer.wasted(), needed / 4 + 2 * entries * 32 + 100'000) << i;
  }
  const auto has_kept = [&](const Entry& entry) {
    return entry.value == value_of(entry.key) && entry.headers == std::to_string(-entry.key) &&
           entry.splice.close == static_cast<std::uint32_t>(entry.key);
  };
  buffer.each_waiting(Side::payment, {}, [&](const Entry& waits) {
    EXPECT_TRUE(has_kept(waits)) << waits.key;
    waiting.erase(waits.key);
    return true;
  });
  EXPECT_TRUE(waiting.empty());
  std::size_t stock = 0;
  buffer.each(Side::stock, [&](const Entry& entry) { stock += has_kept(entry) ? 1 : 0; });
  EXPECT_EQ(stock, 50'000u);
}

TEST(MemoryBuffer, GivesItsMemoryBackAfterABurstThoughSomeStillWait) {
  MemoryBuffer buffer;
  Entry entry;
  entry.value = "a value";
  for (std::int64_t i = 0; i < 200'000; ++i) {
    entry.key = entry.offset = i;
    entry.timestamp = from_millis(i);
    const Side side = i % 2 == 0 ? Side::payment : Side::stock;
    entry.joined = i % 4 < 2;
    buffer.insert(side, entry);
  }
  ASSERT_GE(buffer.room(), 200'000u);
  const auto left = from_millis(199'000);
  std::uint64_t unmatched = 0;
  for (const Side side : {Side::payment, Side::stock}) buffer.expire(side, left, [&](const Entry&) { ++unmatched; });
  EXPECT_EQ(unmatched, 199'000u / 2);
  EXPECT_EQ(buffer.entries(), 1'000u);
  EXPECT_LT(buffer.room(), 10'000u);
  // What is left is what it was.
  EXPECT_EQ(buffer.waiting(Side::payment), 250u);
  EXPECT_EQ(buffer.oldest_waiting(Side::stock), from_millis(199'003));
  std::int64_t next = 199'002;
  buffer.each_waiting(Side::payment, {}, [&](const Entry& waits) {
    EXPECT_EQ(waits.offset, next);
    EXPECT_EQ(waits.value, "a value");
    next += 4;
    return true;
  });
  EXPECT_EQ(next, 200'002);
  for (const Side side : {Side::payment, Side::stock}) buffer.expire(side, from_millis(300'000), [](const Entry&) {});
  EXPECT_EQ(buffer.bytes(), 0u);
}

}  // namespace
}  // namespace orders::join
