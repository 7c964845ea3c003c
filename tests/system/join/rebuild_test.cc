// The join's buffer is no more than its inputs: after kill -9 it is read again, and nobody can tell.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::int64_t base = 1'700'000'000'000;
constexpr int partitions = 4;

TEST(Rebuild, WhatWaitedBeforeAKillJoinsAfterIt) {
  const auto& bootstrap = shared_broker().bootstrap();
  constexpr int waiting = 10'000;
  Daemon daemon("waiting", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics(bootstrap, daemon, partitions);
  daemon.start_and_await();
  LogWriter writer(bootstrap);
  for (int i = 0; i < waiting; ++i) {
    writer.write(answer(daemon.payments(), i % partitions, i + 1, i % 3 == 0 ? "REJECT" : "ACCEPT", base + i / 10));
  }
  writer.flush();
  ASSERT_TRUE(wait_until(60s, [&] { return inputs_committed(bootstrap, daemon); }))
      << daemon.get("/api/status").value_or("no answer").dump(1) << daemon.log();
  // The second worker may be rebuilding partitions that the first one has committed.
  (void)join_with_waiting(daemon, waiting);

  daemon.kill();
  daemon.start_and_await();
  const auto rebuilt = join_with_waiting(daemon, waiting);
  EXPECT_EQ(rebuilt.at("/fates/carried"_json_pointer), waiting);
  EXPECT_EQ(rebuilt.at("/fates/read"_json_pointer), 0) << "a rebuild reads again, but nothing new";

  for (int i = 0; i < waiting; ++i) {
    writer.write(answer(daemon.stock(), i % partitions, i + 1, "ACCEPT", base + i / 10));
  }
  writer.flush();
  ResultFollower(bootstrap, daemon.orders()).await(waiting, 60s);
  const auto results = by_order(read_topic(bootstrap, daemon.orders()));
  ASSERT_EQ(results.size(), waiting);
  for (const auto& [id, values] : results) {
    ASSERT_EQ(values.size(), 1U) << id;
    EXPECT_EQ(values[0].at("status"), (id - 1) % 3 == 0 ? "ROLLBACK" : "CONFIRMED") << id;
  }
  EXPECT_TRUE(read_topic(bootstrap, daemon.dead_letters()).empty());
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Rebuild, OnePartitionWithOneThreadAndOthersWithMoreComeBackAlike) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("threads", {{"kafka.bootstrap_servers", bootstrap}, {"stream.threads", "1"}});
  create_topics(bootstrap, daemon, partitions);
  LogWriter writer(bootstrap);
  for (int i = 0; i < 400; ++i) writer.write(answer(daemon.payments(), i % partitions, i + 1, "ACCEPT", base));
  writer.flush();
  daemon.start_and_await();
  ASSERT_TRUE(wait_until(30s, [&] { return inputs_committed(bootstrap, daemon); })) << daemon.log();
  EXPECT_EQ(daemon.stop(), 0);

  daemon.set("stream.threads", "3");  // other owners of the same tasks: their metadata is all that they have
  for (int i = 0; i < 400; ++i) writer.write(answer(daemon.stock(), i % partitions, i + 1, "ACCEPT", base + 5'000));
  writer.flush();
  daemon.start();
  ResultFollower(bootstrap, daemon.orders()).await(400, 60s);
  EXPECT_EQ(by_order(read_topic(bootstrap, daemon.orders())).size(), 400U);
  EXPECT_TRUE(read_topic(bootstrap, daemon.dead_letters()).empty());
  EXPECT_EQ(daemon.stop(), 0);
}

// --- the same sets under kills, against a model --------------------------------------------------------------------

struct Input {
  bool stock = false;
  std::int32_t partition = 0;
  std::int64_t id = 0;
  std::int64_t time = 0;
  std::string status;
  std::string mark;  ///< unique
};

/// Window and grace of the run, in milliseconds.
struct Window {
  std::int64_t before = 2'000, after = 3'000, grace = 500;
  [[nodiscard]] std::int64_t retention() const { return before + after + grace; }
};

/// (mark of the stock record, status, timestamp) of every result; marks of dead letters with their reason.
struct Fates {
  std::multiset<std::tuple<std::string, std::string, std::int64_t>> results;
  std::multiset<std::pair<std::string, std::string>> dead;
};

/// The definition of the join over a finished log: sets only, no order of reading, no buffer.
Fates model(const std::vector<Input>& log, const Window& window) {
  Fates fates;
  for (int partition = 0; partition < partitions; ++partition) {
    std::vector<const Input*> on_time[2];
    std::int64_t stream_time[2] = {-1, -1};
    for (const auto& input : log) {
      if (input.partition != partition) continue;
      const bool late =
          input.time + (input.stock ? window.before : window.after) + window.grace < stream_time[input.stock];
      stream_time[input.stock] = std::max(stream_time[input.stock], input.time);
      if (late) {
        fates.dead.emplace(input.mark, "late");
      } else {
        on_time[input.stock].push_back(&input);
      }
    }
    std::set<const Input*> joined;
    for (const auto* p : on_time[0]) {
      for (const auto* s : on_time[1]) {
        if (p->id != s->id || s->time < p->time - window.before || s->time > p->time + window.after) continue;
        const auto outcome = decide({{"status", p->status}}, {{"status", s->status}, {"source", nullptr}});
        fates.results.emplace(s->mark, outcome.status, std::max(p->time, s->time));
        joined.insert({p, s});
      }
    }
    for (const int side : {0, 1}) {
      for (const auto* input : on_time[side]) {
        const bool passed = input->time + window.retention() < stream_time[1 - side];
        if (passed && !joined.contains(input)) fates.dead.emplace(input->mark, "unmatched");
      }
    }
  }
  return fates;
}

/// Orders whose answers lie up to a window and more apart, some answered twice, some on one side only, some out of
/// order in their partition by more than the window; time runs on by a minute.
std::vector<Input> random_log(unsigned seed, int orders) {
  std::mt19937 random(seed);
  const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
  std::vector<std::pair<std::int64_t, Input>> log;  // by the moment of writing
  for (int i = 0; i < orders; ++i) {
    const std::int64_t at = base + 60'000LL * i / orders;
    for (const bool stock : {false, true}) {
      if (chance(5)) continue;
      for (int copy = chance(3) ? 2 : 1; copy > 0; --copy) {
        const std::int64_t time = at + static_cast<std::int64_t>(random() % 4'000);
        const std::int64_t delay = chance(4) ? 8'000 : static_cast<std::int64_t>(random() % 1'500);
        const std::string mark = (stock ? "s" : "p") + std::to_string(i) + "/" + std::to_string(copy);
        log.push_back({time + delay, {stock, i % partitions, i + 1, time, chance(20) ? "REJECT" : "ACCEPT", mark}});
      }
    }
  }
  std::stable_sort(log.begin(), log.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Input> inputs;
  for (auto& [when, input] : log) inputs.push_back(std::move(input));
  return inputs;
}

Fates observed(const std::string& bootstrap, const Daemon& daemon) {
  Fates fates;
  for (const auto& record : read_topic(bootstrap, daemon.orders())) {
    const auto value = json::parse(record.value.value());
    fates.results.emplace(value.at("mark"), value.at("status"), record.timestamp);
  }
  for (const auto& record : read_topic(bootstrap, daemon.dead_letters())) {
    fates.dead.emplace(json::parse(record.value.value()).at("mark"),
                       record.header("orders-reason").value_or("no reason"));
  }
  return fates;
}

template <class Set>
void expect_same(const Set& observed, const Set& expected, const char* what) {
  Set missing, surplus;
  std::set_difference(expected.begin(), expected.end(), observed.begin(), observed.end(),
                      std::inserter(missing, missing.end()));
  std::set_difference(observed.begin(), observed.end(), expected.begin(), expected.end(),
                      std::inserter(surplus, surplus.end()));
  EXPECT_TRUE(missing.empty()) << missing.size() << " " << what << " are missing, such as "
                               << testing::PrintToString(*missing.begin());
  EXPECT_TRUE(surplus.empty()) << surplus.size() << " " << what << " are too many, such as "
                               << testing::PrintToString(*surplus.begin());
}

void run_with_kills(const std::string& name, unsigned seed, bool kill) {
  const auto& bootstrap = shared_broker().bootstrap();
  const Window window;
  Daemon daemon(name, {{"kafka.bootstrap_servers", bootstrap},
                       {"join.window", "{before: PT2S, after: PT3S}"},
                       {"join.grace", "500ms"},
                       {"stream.commit_interval", "100ms"}});
  create_topics(bootstrap, daemon, partitions);
  const auto log = random_log(seed, 6'000);
  const auto expected = model(log, window);
  ASSERT_GT(expected.results.size(), 3'000U);
  ASSERT_GT(expected.dead.size(), 300U);

  daemon.start_and_await();
  LogWriter writer(bootstrap);
  ResultFollower follower(bootstrap, daemon.orders());
  const std::size_t parts = 6;
  for (std::size_t part = 0; part < parts; ++part) {
    for (std::size_t i = log.size() * part / parts; i < log.size() * (part + 1) / parts; ++i) {
      const auto& input = log[i];
      writer.write(answer(input.stock ? daemon.stock() : daemon.payments(), input.partition, input.id, input.status,
                          input.time, input.mark));
    }
    writer.flush();
    if (!kill || part + 1 == parts) continue;
    // In the middle of this part's results: the buffer is full, a transaction is most likely open.
    follower.await(follower.count() + expected.results.size() / (2 * parts), 60s);
    daemon.kill();
    daemon.start();
  }
  ASSERT_TRUE(wait_until(60s, [&] { return inputs_committed(bootstrap, daemon); }))
      << daemon.get("/api/status").value_or("no answer").dump(1) << daemon.log();
  EXPECT_EQ(daemon.stop(), 0);
  const auto fates = observed(bootstrap, daemon);
  expect_same(fates.results, expected.results, "results");
  expect_same(fates.dead, expected.dead, "dead letters");
}

TEST(Rebuild, WithoutKillsTheFatesAreThoseOfTheDefinition) { run_with_kills("calm", 1, false); }
TEST(Rebuild, FiveKillsChangeNoFate) { run_with_kills("kills", 2, true); }
TEST(Rebuild, FiveKillsChangeNoFateOfAnotherLog) { run_with_kills("kills", 3, true); }

}  // namespace
}  // namespace orders::test
