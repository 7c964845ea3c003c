#include "join/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <tuple>

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
                            .value = value,
                            .headers = {}},
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
  EXPECT_EQ(engine->counters().joined, 4u);
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

TEST_F(Join, PaymentKeepsItsBytesOnlyUntilItHasHadAPartner) {
  payment(1, 1000);
  std::vector<std::string> values;
  const auto look = [&](const Entry& entry, bool) { values.emplace_back(entry.value); };
  buffer.each_waiting(Side::payment, [&](const Entry& entry) { return look(entry, false), true; });
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

// --- random sequences against a model that knows nothing of buffers or streams

struct Event {
  Side side;
  std::int64_t key, time;
  Status status;
};
using Names = std::multiset<std::string>;
struct Sets {
  Names pairs, late, unmatched, duplicates;
  friend bool operator==(const Sets&, const Sets&) = default;
};

/// What DESIGN's rules say of two logs, each in its own order.
Sets model(const std::vector<Event>& payments, const std::vector<Event>& stocks, const Settings& s) {
  Sets sets;
  const std::vector<Event>* logs[] = {&payments, &stocks};
  std::vector<std::size_t> on_time[2];
  std::int64_t stream_time[2] = {-1, -1};
  const auto retention = s.retention().count();
  for (int side = 0; side < 2; ++side) {
    std::vector<std::size_t> remembered;
    for (std::size_t i = 0; i < logs[side]->size(); ++i) {
      const auto& e = (*logs[side])[i];
      stream_time[side] = std::max(stream_time[side], e.time);
      const auto name = std::to_string(side) + ":" + std::to_string(i);
      if (e.time + (side == 0 ? s.after : s.before).count() + s.grace.count() < stream_time[side]) {
        sets.late.insert(name);
        continue;
      }
      bool repeats = false;
      for (const auto j : remembered) {
        const auto& r = (*logs[side])[j];
        repeats |=
            s.suppress_duplicates && r.key == e.key && r.status == e.status && r.time + retention >= stream_time[side];
      }
      remembered.push_back(i);
      if (repeats)
        sets.duplicates.insert(name);
      else
        on_time[side].push_back(i);
    }
  }
  std::set<std::size_t> matched[2];
  for (const auto i : on_time[0]) {
    for (const auto j : on_time[1]) {
      const auto &p = payments[i], &t = stocks[j];
      if (p.key != t.key || t.time < p.time - s.before.count() || t.time > p.time + s.after.count()) continue;
      sets.pairs.insert(std::to_string(i) + "-" + std::to_string(j));
      matched[0].insert(i);
      matched[1].insert(j);
    }
  }
  for (int side = 0; side < 2; ++side) {
    for (const auto i : on_time[side]) {
      if (!matched[side].contains(i) && (*logs[side])[i].time + retention < stream_time[1 - side]) {
        sets.unmatched.insert(std::to_string(side) + ":" + std::to_string(i));
      }
    }
  }
  return sets;
}

/// Values carry the record's name, so that the engine's outputs can be compared by identity.
struct Collector : Sink {
  Sets sets;
  void joined(const Pair& pair) override {
    sets.pairs.insert(std::string(pair.stock_value) + "@" + std::to_string(to_millis(pair.timestamp)));
  }
  void unmatched(Side side, const Entry& entry) override {
    sets.unmatched.insert(std::to_string(static_cast<int>(side)) + ":" + std::string(entry.value));
  }
};

TEST(JoinModel, SameSetsUnderAnyInterleavingOfTheSides) {
  std::mt19937 random(20'260'131);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution(low, high)(random);
  };
  for (int round = 0; round < 3'000; ++round) {
    const Settings s{.before = milliseconds{pick(0, 20)},
                     .after = milliseconds{pick(0, 20)},
                     .grace = milliseconds{pick(0, 10)},
                     .suppress_duplicates = pick(0, 1) == 1};
    std::vector<Event> logs[2];
    for (int side = 0; side < 2; ++side) {
      std::int64_t now = pick(0, 60);
      for (auto n = pick(0, 25); n > 0; --n) {
        now = std::max<std::int64_t>(0, now + pick(-15, 20));
        logs[side].push_back(
            {static_cast<Side>(side), pick(1, 5), now, pick(0, 1) == 1 ? Status::accept : Status::reject});
      }
    }
    auto expected = model(logs[0], logs[1], s);
    Names expected_pairs;  // by stock record and result time, which is what a sink sees
    for (const auto& pair : expected.pairs) {
      const auto dash = pair.find('-');
      const auto &p = logs[0][std::stoul(pair)], &t = logs[1][std::stoul(pair.substr(dash + 1))];
      expected_pairs.insert(pair.substr(dash + 1) + "@" + std::to_string(std::max(p.time, t.time)));
    }
    expected.pairs = expected_pairs;
    MemoryBuffer buffer;
    Engine engine(s, buffer);
    Collector sink;
    std::size_t next[2] = {0, 0};
    while (next[0] < logs[0].size() || next[1] < logs[1].size()) {
      int side = static_cast<int>(pick(0, 1));
      if (next[side] == logs[side].size()) side = 1 - side;
      const auto i = next[side]++;
      const auto& e = logs[side][i];
      const auto value = std::to_string(i);
      const auto name = std::to_string(side) + ":" + value;
      const auto fate = engine.process(
          {e.side, static_cast<std::int64_t>(i), from_millis(e.time), {e.key, e.status, {}}, value, {}}, sink);
      if (fate == Fate::late) sink.sets.late.insert(name);
      if (fate == Fate::duplicate) sink.sets.duplicates.insert(name);
    }
    ASSERT_EQ(sink.sets, expected) << "round " << round;
    const auto& c = engine.counters();
    ASSERT_EQ(
        c.joined + c.unmatched + c.late + c.duplicate + buffer.waiting(Side::payment) + buffer.waiting(Side::stock),
        logs[0].size() + logs[1].size());
  }
}

}  // namespace
}  // namespace orders::join
