// `ordersctl replay capture` on a real broker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <set>
#include <sstream>

#include "replaying.h"
#include "support/traffic.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class ReplayCapture : public Replaying {
 protected:
  /// What `replay capture` with these flags writes to standard output.
  [[nodiscard]] std::vector<nlohmann::json> captured(std::vector<std::string> flags) const {
    flags.insert(flags.begin(), {"replay", "capture", "-q"});
    return parse_lines(daemon_.ctl_ok(flags));
  }
  [[nodiscard]] std::vector<std::int64_t> keys(const std::vector<std::string>& flags) const {
    std::vector<std::int64_t> found;
    for (const auto& line : captured(flags)) found.push_back(line.at("key").get<std::int64_t>());
    return found;
  }
};

TEST_F(ReplayCapture, MergesBothInputsByTimeAndKeepsTheOrderOfEachPartition) {
  write_answers(200);
  const auto lines = captured({});
  ASSERT_EQ(lines.size(), 400u);
  std::int64_t last = 0;
  std::map<std::pair<std::string, int>, std::int64_t> next;
  for (const auto& line : lines) {
    EXPECT_GE(line.at("timestamp"), last);
    last = line.at("timestamp");
    auto& offset = next[{line.at("topic"), line.at("partition")}];
    EXPECT_EQ(line.at("offset"), offset++) << line;
  }
  EXPECT_EQ(lines[0].at("topic"), daemon_.payments());
  EXPECT_EQ(lines[1].at("topic"), daemon_.stock());
}

TEST_F(ReplayCapture, FedToReplayLocalGivesWhatTheDaemonMadeOfTheTopics) {
  const JoinWindow window;
  Daemon daemon("capture", with({{"kafka.bootstrap_servers", bootstrap_}}, window.settings()));
  create_topics(bootstrap_, daemon, partitions);
  Traffic traffic(bootstrap_, daemon, partitions, 11);
  traffic.write(400);
  traffic.finish();
  daemon.start_and_await();
  ASSERT_TRUE(wait_until(60s, [&] { return inputs_committed(bootstrap_, daemon); })) << daemon.log();
  ASSERT_EQ(daemon.stop(), 0);

  const auto file = (daemon.folder() / "in.ndjson").string();
  (void)daemon.ctl_ok({"replay", "capture", file});
  decltype(JoinFates::results) results;
  std::size_t dead = 0;
  for (const auto& line : parse_lines(daemon.ctl_ok({"replay", "local", file, "-q"}))) {
    if (line.at("topic") != daemon.orders()) {
      ++dead;
      continue;
    }
    const auto& value = line.at("value");
    results.emplace(value.at("mark"), value.at("status"), line.at("timestamp"));
  }
  const auto observed = observed_fates(bootstrap_, daemon);
  EXPECT_EQ(results, observed.results);
  EXPECT_EQ(dead, observed.dead.size());
  EXPECT_GT(results.size(), 100u);
}

TEST_F(ReplayCapture, TakesRangesByOffsetTimePartitionKeyAndNumber) {
  write_answers(30);
  const auto payments = daemon_.payments();
  // Partition 1 has the orders 1, 4, 7, …
  EXPECT_THAT(keys({"--topic", payments, "--partition", "1", "--from", "2", "--to", "5"}), ElementsAre(7, 10, 13));
  EXPECT_THAT(keys({"--topic", payments, "--from", "earliest", "--limit", "3"}), ElementsAre(1, 2, 3));
  EXPECT_THAT(keys({"--key-filter", "9", "--key-filter", "12"}), ElementsAre(9, 9, 12, 12));
  EXPECT_THAT(keys({"--topic", payments, "--from", "latest"}), ElementsAre());
  EXPECT_EQ(keys({"--from", "-2h", "--to", "-1m"}).size(), 60u);
  EXPECT_EQ(keys({"--from", "-1m"}).size(), 0u);
  std::ostringstream time;
  const std::time_t second = base_time() / 1'000 + 1;
  time << std::put_time(std::gmtime(&second), "%Y-%m-%dT%H:%M:%SZ");
  const auto split = keys({"--topic", payments, "--to", time.str()}).size();
  EXPECT_EQ(split + keys({"--topic", payments, "--from", time.str()}).size(), 30u);
}

TEST_F(ReplayCapture, KeepsWhatIsNoJsonAndSaysWhatIsInTheFile) {
  const auto odd = write_odd_records();
  const auto file = path("odd.ndjson");
  const auto told = daemon_.ctl_json({"replay", "capture", file, "--topic", daemon_.payments()});
  EXPECT_EQ(told.at("records"), odd);
  ASSERT_EQ(told.at("partitions").size(), std::size_t{partitions});
  EXPECT_EQ(told.at("/partitions/1/records"_json_pointer), odd);
  EXPECT_EQ(told.at("/partitions/1/to"_json_pointer), odd);
  const auto text = slurp(file);
  EXPECT_EQ(std::ranges::count(text, '\n'), odd);
  EXPECT_THAT(text, AllOf(HasSubstr(R"("value":null)"), HasSubstr(R"("value_base64":"bnVsbA==")"),
                          HasSubstr(R"("key_base64":"b2RkIGtleQ==")"), HasSubstr(R"({"base64":"/g=="})")));
}

TEST_F(ReplayCapture, RefusesToWriteOverAFileUnlessForced) {
  write_answers(2);
  const auto file = capture();
  const auto before = slurp(file);
  const auto refused = daemon_.ctl({"replay", "capture", file, "--limit", "1"});
  EXPECT_EQ(refused.exit_code, 5) << refused.text();
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_EQ(slurp(file), before);
  (void)daemon_.ctl_ok({"replay", "capture", file, "--limit", "1", "--force"});
  EXPECT_EQ(parse_lines(slurp(file)).size(), 1u);
  const auto device = daemon_.ctl({"replay", "capture", "/dev/null", "--force"});
  EXPECT_EQ(device.exit_code, 2) << device.text();
}

TEST_F(ReplayCapture, SaysWhatIsNotThereAndWhatIsGone) {
  write_answers(9);
  const auto topic = daemon_.ctl({"replay", "capture", "--topic", "no-such-topic"});
  EXPECT_EQ(topic.exit_code, 3) << topic.text();
  EXPECT_THAT(topic.err, HasSubstr("topic no-such-topic is not there"));
  const auto partition = daemon_.ctl({"replay", "capture", "--partition", "77"});
  EXPECT_EQ(partition.exit_code, 3) << partition.text();
  delete_records(bootstrap_, daemon_.payments(), 0, 2);
  const auto gone = daemon_.ctl({"replay", "capture", "--topic", daemon_.payments(), "--from", "0"});
  EXPECT_EQ(gone.exit_code, 0) << gone.text();
  EXPECT_EQ(parse_lines(gone.out).size(), 7u);
  EXPECT_THAT(gone.err, HasSubstr(daemon_.payments() + "[0] begins at offset 2: 2 offsets before it"));
}

/// Of an ordersctl, in KiB; 0 once it has ended, and before it is one: until then it is a copy of this test.
std::int64_t most_memory(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  if (!std::getline(status, line) || line != "Name:\tordersctl") return 0;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
  }
  return 0;
}

class ALargeCapture : public Replaying {
 protected:
  static constexpr int records = 200'000;

  void SetUp() override {
    LogWriter writer(bootstrap_);
    const std::string padding(300, 'x');
    for (int i = 0; i < records; ++i) {
      if (i % 20'000 == 0) writer.flush();  // its queue holds 100,000
      writer.write({i % 2 == 0 ? daemon_.payments() : daemon_.stock(), i / 2 % partitions, int64_key(i),
                    R"({"orderId":)" + std::to_string(i) + R"(,"padding":")" + padding + "\"}", base_time() + i / 10,
                    {}});
    }
    writer.flush();
  }
  [[nodiscard]] Command capture_command(const std::string& file, const std::vector<std::string>& flags = {}) const {
    std::vector<std::string> arguments = {"replay", "capture", file};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    auto command = daemon_.ctl_command(arguments);
    command.output = path("told");
    return command;
  }
  /// The most that it took, in KiB; the last look may be a little before its end.
  [[nodiscard]] std::int64_t memory_of(const std::string& file, const std::vector<std::string>& flags) const {
    auto process = Process::spawn(capture_command(file, flags));
    std::int64_t most = 0;
    EXPECT_TRUE(wait_until(
        120s,
        [&] {
          most = std::max(most, most_memory(process.pid()));
          return !process.running();
        },
        5ms));
    EXPECT_EQ(process.wait(30s), 0) << slurp(path("told"));
    return most;
  }
};

TEST_F(ALargeCapture, TakesNoMoreMemoryThanASmallOne) {
  const auto few = memory_of(path("few.ndjson"), {"--limit", "20000"});
  const auto all = memory_of(path("all.ndjson"), {});
  EXPECT_GT(std::filesystem::file_size(path("all.ndjson")), 70u << 20);
  const auto text = slurp(path("all.ndjson"));
  EXPECT_EQ(std::ranges::count(text, '\n'), records);
  EXPECT_GT(few, 0);
  EXPECT_LT(all, few + 32 * 1'024) << "KiB; with 20,000 records: " << few;
}

TEST_F(ALargeCapture, ThatIsInterruptedLeavesNoFile) {
  auto process = Process::spawn(capture_command(path("cut.ndjson")));
  ASSERT_TRUE(wait_until(
      30s, [&] { return std::filesystem::exists(path("cut.ndjson.part")); }, 1ms));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(30s), 1);
  EXPECT_THAT(slurp(path("told")), AllOf(HasSubstr("stopped after"), HasSubstr("cut.ndjson was not made")));
  EXPECT_FALSE(std::filesystem::exists(path("cut.ndjson")));
  EXPECT_FALSE(std::filesystem::exists(path("cut.ndjson.part")));
}

}  // namespace
}  // namespace orders::test
