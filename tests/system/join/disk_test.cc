// The buffer on disk: a long window whose restart reads again only what follows its position, and more than memory
// holds.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "support/damage.h"
#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t base = 1'700'000'000'000;
constexpr int partitions = 4;

struct Resumed {
  int partitions = 0;
  std::int64_t records = 0;  ///< to be read again
};

/// What the log says of tasks that went on from the disk, from its byte `begin` on.
Resumed resumed(const std::string& log, std::size_t begin) {
  static const std::regex line(
      R"(partition (\d+): \S+ (\d+)\.\.(\d+), \S+ (\d+)\.\.(\d+), behind what the buffer on disk holds)");
  Resumed found;
  std::set<std::string> seen;
  const auto text = log.substr(std::min(begin, log.size()));
  for (std::sregex_iterator match(text.begin(), text.end(), line), end; match != end; ++match) {
    if (!seen.insert((*match)[1]).second) continue;  // another worker has it by now
    ++found.partitions;
    found.records +=
        std::stoll((*match)[3]) - std::stoll((*match)[2]) + std::stoll((*match)[5]) - std::stoll((*match)[4]);
  }
  return found;
}

/// How many partitions have moved from memory to the disk.
int taken_over(const std::string& log) {
  static const std::regex line(R"(partition (\d+): \d+ records .* have gone to the disk)");
  std::set<std::string> seen;
  for (std::sregex_iterator match(log.begin(), log.end(), line), end; match != end; ++match) seen.insert((*match)[1]);
  return static_cast<int>(seen.size());
}

class OnDisk : public testing::Test {
 protected:
  void payments(Daemon& daemon, int first, int count) {
    LogWriter writer(bootstrap);
    for (int i = first; i < first + count; ++i)
      writer.write(answer(daemon.payments(), i % partitions, i + 1, i % 3 == 0 ? "REJECT" : "ACCEPT", base + i * 100));
    writer.flush();
  }
  void stock(Daemon& daemon, int first, int count) {
    LogWriter writer(bootstrap);
    for (int i = first; i < first + count; ++i)
      writer.write(answer(daemon.stock(), i % partitions, i + 1, "ACCEPT", base + i * 100 + 3'600'000));
    writer.flush();
  }
  void await_committed(Daemon& daemon) {
    ASSERT_TRUE(wait_until(60s, [&] { return inputs_committed(bootstrap, daemon); }))
        << daemon.get("/api/status").value_or("no answer").dump(1) << daemon.log();
  }
  void expect_results(Daemon& daemon, int count) {
    const auto results = by_order(read_topic(bootstrap, daemon.orders()));
    ASSERT_EQ(results.size(), static_cast<std::size_t>(count));
    for (const auto& [id, values] : results) {
      ASSERT_EQ(values.size(), 1U) << id;
      EXPECT_EQ(values[0].at("status"), (id - 1) % 3 == 0 ? "ROLLBACK" : "CONFIRMED") << id;
    }
    EXPECT_TRUE(read_topic(bootstrap, daemon.dead_letters()).empty());
  }

  const std::string& bootstrap = shared_broker().bootstrap();
};

TEST_F(OnDisk, RestartReadsAgainOnlyWhatFollowsThePositionAndLosesNothing) {
  constexpr int first = 20'000, second = 2'000, all = first + second;
  Daemon daemon("disk", {{"kafka.bootstrap_servers", bootstrap}, {"join.store", "disk"}, {"join.window", "PT24H"}});
  create_topics(bootstrap, daemon, partitions);
  daemon.start_and_await();
  payments(daemon, 0, first);
  await_committed(daemon);
  ASSERT_EQ(daemon.stop(), 0);  // leaves everything on disk

  auto seen = daemon.log().size();
  daemon.start_and_await();
  (void)join_with_waiting(daemon, first);
  auto found = resumed(daemon.log(), seen);
  EXPECT_EQ(found.partitions, partitions);
  EXPECT_EQ(found.records, 0) << daemon.log();

  payments(daemon, first, second);
  await_committed(daemon);
  daemon.kill();
  seen = daemon.log().size();
  daemon.start_and_await();
  const auto join = join_with_waiting(daemon, all);
  found = resumed(daemon.log(), seen);
  EXPECT_EQ(found.partitions, partitions);
  EXPECT_LE(found.records, second) << daemon.log();
  EXPECT_EQ(join.at("/fates/carried"_json_pointer), all);
  EXPECT_EQ(join.at("/fates/read"_json_pointer), 0);

  ResultFollower follower(bootstrap, daemon.orders());
  stock(daemon, 0, all / 2);
  follower.await(all / 4, 60s);
  daemon.kill();
  daemon.start();
  stock(daemon, all / 2, all - all / 2);
  follower.await(all, 60s);
  await_committed(daemon);
  expect_results(daemon, all);
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(OnDisk, TakesOverFromMemoryThatIsFullAndGoesOnAfterAKill) {
  constexpr int orders = 20'000;
  Daemon daemon("take-over",
                {{"kafka.bootstrap_servers", bootstrap}, {"join.memory", "1MiB"}, {"join.window", "PT20M"}});
  create_topics(bootstrap, daemon, partitions);
  daemon.start_and_await();
  payments(daemon, 0, orders);
  await_committed(daemon);
  (void)join_with_waiting(daemon, orders);
  // Each does so behind the commit that the broker knows of already.
  ASSERT_TRUE(wait_until(30s, [&] { return taken_over(daemon.log()) == partitions; })) << daemon.log();

  const auto seen = daemon.log().size();
  daemon.kill();
  daemon.start_and_await();
  (void)join_with_waiting(daemon, orders);
  EXPECT_EQ(resumed(daemon.log(), seen).partitions, partitions) << daemon.log();
  LogWriter writer(bootstrap);
  for (int i = 0; i < orders; ++i)
    writer.write(answer(daemon.stock(), i % partitions, i + 1, "ACCEPT", base + i * 100));
  writer.flush();
  ResultFollower(bootstrap, daemon.orders()).await(orders, 60s);
  await_committed(daemon);
  expect_results(daemon, orders);
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(OnDisk, WithADamagedBlockIsSetAsideAndRebuiltFromTheInputsWithNothingLost) {
  constexpr int orders = 2'000;
  Daemon daemon("damaged", {{"kafka.bootstrap_servers", bootstrap}, {"join.store", "disk"}, {"join.window", "PT24H"}});
  create_topics(bootstrap, daemon, partitions);
  daemon.start_and_await();
  payments(daemon, 0, orders);
  await_committed(daemon);
  ASSERT_EQ(daemon.stop(), 0);
  const auto state = std::filesystem::path(daemon.setting("state.directory")) / daemon.setting("application_id");
  const auto buffers = state / "join";
  EXPECT_EQ(daemon.ctl({"state", "verify"}).exit_code, 0);
  ASSERT_GT(flip_bits_of_rows(buffers / "0"), 0u);
  const auto verified = daemon.ctl({"state", "verify"});
  EXPECT_EQ(verified.exit_code, 1) << verified.text();
  EXPECT_NE(verified.out.find("join/0:"), std::string::npos) << verified.text();

  daemon.start_and_await();
  const auto pid = daemon.process().pid();
  ResultFollower follower(bootstrap, daemon.orders());
  stock(daemon, 0, orders);
  follower.await(orders, 60s);
  await_committed(daemon);
  expect_results(daemon, orders);
  EXPECT_EQ(join_figure(daemon, "/rebuilds"), 1);
  EXPECT_EQ(daemon.process().pid(), pid);
  const auto aside = files_like(buffers, "0.corrupt-");
  ASSERT_EQ(aside.size(), 1u);
  EXPECT_NE(slurp(aside.front() / "WHY").find("checksum"), std::string::npos);
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
