// `ordersctl replay topics` on a real broker: what arrives is what was sent, once, whatever happens to the run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <numeric>
#include <random>

#include "replaying.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

class ReplayTopics : public Replaying {
 protected:
  [[nodiscard]] static std::vector<std::string> verb(const std::vector<std::string>& flags) {
    std::vector<std::string> arguments = {"replay", "topics"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return arguments;
  }
  [[nodiscard]] Output send(const std::vector<std::string>& flags) const { return daemon_.ctl(verb(flags)); }
  /// With --execute; what it says as JSON.
  [[nodiscard]] nlohmann::json sent(std::vector<std::string> flags) const {
    flags.insert(flags.end(), {"--execute", "--output", "json"});
    return nlohmann::json::parse(daemon_.ctl_ok(verb(flags)));
  }
  void expect_refused(const std::vector<std::string>& flags, int code, const testing::Matcher<std::string>& why) const {
    const auto output = send(flags);
    EXPECT_EQ(output.exit_code, code) << output.text();
    EXPECT_THAT(output.err, why) << output.text();
  }
  /// In a process of its own, which writes to the file "told".
  [[nodiscard]] Process start(const std::vector<std::string>& flags) const {
    auto command = daemon_.ctl_command(verb(flags));
    command.output = path("told");
    return Process::spawn(command);
  }
  /// Both inputs below the prefix have exactly what the inputs have.
  void expect_the_same_below(const std::string& prefix) const {
    for (const auto& topic : {daemon_.payments(), daemon_.stock()}) {
      EXPECT_TRUE(contents_of(bootstrap_, prefix + topic) == contents_of(bootstrap_, topic))
          << topic << ": " << count_of(contents_of(bootstrap_, prefix + topic)) << " records of "
          << count_of(contents_of(bootstrap_, topic));
    }
  }
  [[nodiscard]] std::int64_t arrived_below(const std::string& prefix) const {
    std::int64_t sum = 0;
    for (const auto& topic : {daemon_.payments(), daemon_.stock()}) {
      const auto ends = end_offsets(bootstrap_, prefix + topic);
      sum = std::accumulate(ends.begin(), ends.end(), sum);
    }
    return sum;
  }
  /// How many records a capture of both finds there, behind and between transactions' markers and aborted records.
  [[nodiscard]] std::size_t captured_below(const std::string& prefix) const {
    return parse_lines(daemon_.ctl_ok({"replay", "capture", "-q", "--topic", prefix + daemon_.payments(), "--topic",
                                       prefix + daemon_.stock()}))
        .size();
  }
  /// Kills runs of it at random moments, again and again, then lets one come to its end.
  void kill_and_resume(const std::vector<std::string>& flags);
};

TEST_F(ReplayTopics, SendsAFileBelowAPrefixWithAllThatARecordHas) {
  write_answers(50);
  const auto odd = write_odd_records();
  const auto prefix = both_inputs_below("copy-");
  const auto file = capture();

  const auto plan = send({file, "--into", prefix});
  EXPECT_EQ(plan.exit_code, 5) << plan.text();
  EXPECT_THAT(plan.out, AllOf(HasSubstr(prefix + daemon_.stock()), HasSubstr("records to send")));
  EXPECT_THAT(plan.err, HasSubstr("--execute"));
  EXPECT_EQ(arrived_below(prefix), 0);

  const auto told = sent({file, "--into", prefix});
  EXPECT_EQ(told.at("sent"), 100 + odd);
  EXPECT_EQ(told.at("executed"), true);
  expect_the_same_below(prefix);
}

TEST_F(ReplayTopics, SendsARangeToo) {
  write_answers(60);
  const auto prefix = both_inputs_below("range-");
  EXPECT_EQ(sent({"--from", "-2h", "--into", prefix}).at("sent"), 120);
  expect_the_same_below(prefix);
  EXPECT_EQ(captured_below(prefix), 120u);
}

TEST_F(ReplayTopics, SendsIntoLiveTopicsOnlyWhenToldSo) {
  write_answers(10);
  const auto file = capture();
  expect_refused({file, "--execute"}, 5, AllOf(HasSubstr("--into-live"), HasSubstr(daemon_.payments())));
  EXPECT_EQ(count_of(contents_of(bootstrap_, daemon_.payments())), 10u);
  EXPECT_EQ(sent({file, "--into-live"}).at("sent"), 20);
  EXPECT_EQ(count_of(contents_of(bootstrap_, daemon_.payments())), 20u);
}

TEST_F(ReplayTopics, PartitionsByKeyAsJavaDoesAndDatesAnew) {
  write_answers(40);
  const std::string prefix = "wide-";
  for (const auto& topic : {daemon_.payments(), daemon_.stock()}) create_topic(bootstrap_, prefix + topic, 7);
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       (std::chrono::system_clock::now() - 1min).time_since_epoch())
                       .count();
  EXPECT_EQ(sent({capture(), "--into", prefix, "--partitioning", "by-key", "--timestamps", "now"}).at("sent"), 80);
  const auto records = read_topic(bootstrap_, prefix + daemon_.payments());
  ASSERT_EQ(records.size(), 40u);
  for (const auto& record : records) {
    EXPECT_EQ(record.partition, java_partition(*record.key, 7)) << record.where();
    EXPECT_GT(record.timestamp, now) << record.where();
  }
}

TEST_F(ReplayTopics, SendsOnlyTheOrdersThatTheFilterNames) {
  write_answers(20);
  const auto prefix = both_inputs_below("some-");
  const auto told = sent({capture(), "--into", prefix, "--key-filter", "7"});
  EXPECT_EQ(told.at("sent"), 2);
  EXPECT_EQ(told.at("passed_over"), 38);
  EXPECT_EQ(arrived_below(prefix), 4) << "one record and one marker on each side";
}

TEST_F(ReplayTopics, RefusesWhatTheTopicsWouldNotKeep) {
  write_answers(6);
  const auto file = capture();
  const auto make = [&](const std::string& prefix, int count, const std::map<std::string, std::string>& config) {
    for (const auto& topic : {daemon_.payments(), daemon_.stock()})
      create_topic(bootstrap_, prefix + topic, count, config);
  };
  make("short-", partitions, {{"retention.ms", "1800000"}});
  make("strict-", partitions, {{"message.timestamp.before.max.ms", "60000"}});
  make("clock-", partitions, {{"message.timestamp.type", "LogAppendTime"}});
  make("narrow-", 1, {});
  expect_refused({file, "--into", "short-", "--execute"}, 5,
                 AllOf(HasSubstr("retention.ms 1800000"), HasSubstr("--timestamps now")));
  expect_refused({file, "--into", "strict-", "--execute"}, 5, HasSubstr("message.timestamp.before.max.ms 60000"));
  expect_refused({file, "--into", "clock-", "--execute"}, 5, HasSubstr("LogAppendTime"));
  expect_refused({file, "--into", "narrow-", "--execute"}, 5, HasSubstr("--partitioning by-key"));
  expect_refused({file, "--into", "missing-", "--execute"}, 5, HasSubstr("is not there: make it first"));
  for (const std::string prefix : {"short-", "strict-", "clock-", "narrow-"})
    EXPECT_EQ(arrived_below(prefix), 0) << prefix;
  EXPECT_EQ(sent({file, "--into", "short-", "--timestamps", "now"}).at("sent"), 12);
}

TEST_F(ReplayTopics, SendsNothingOfAFileThatIsBroken) {
  write_answers(3);
  const auto prefix = both_inputs_below("broken-");
  const auto file = capture();
  write_file(file, slurp(file) + "{\"topic\":\n");
  expect_refused({file, "--into", prefix, "--execute"}, 2, HasSubstr("all.ndjson:7:"));
  EXPECT_EQ(arrived_below(prefix), 0);
  expect_refused({"--topic", "no-such-topic", "--from", "earliest"}, 3, HasSubstr("no-such-topic is not there"));
}

TEST_F(ReplayTopics, IsDoneOnceUnderAName) {
  write_answers(5);
  const auto prefix = both_inputs_below("once-");
  const auto file = capture();
  EXPECT_EQ(sent({file, "--into", prefix, "--name", "first"}).at("sent"), 10);
  expect_refused({file, "--into", prefix, "--name", "first", "--execute"}, 5,
                 AllOf(HasSubstr("stands at line 10"), HasSubstr("--resume")));
  expect_refused({file, "--into", prefix, "--name", "first", "--timestamps", "now", "--resume", "--execute"}, 5,
                 HasSubstr("belongs to another replay"));
  const auto again = sent({file, "--into", prefix, "--name", "first", "--resume"});
  EXPECT_EQ(again.at("sent"), 0);
  EXPECT_EQ(again.at("resumed"), true);
  expect_the_same_below(prefix);
}

TEST_F(ReplayTopics, ThatIsInterruptedSaysHowToGoOn) {
  write_answers(1'000);
  const auto prefix = both_inputs_below("cut-");
  const auto file = capture();
  auto process = start({file, "--into", prefix, "--rate", "50", "--execute"});
  ASSERT_TRUE(wait_until(30s, [&] { return arrived_below(prefix) > 0; })) << slurp(path("told"));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(30s), 1);
  EXPECT_THAT(slurp(path("told")), AllOf(HasSubstr("ordersctl: stopped"), HasSubstr("--resume goes on")));
  const auto rest = sent({file, "--into", prefix, "--resume"}).at("sent").get<int>();
  EXPECT_GT(rest, 0);
  EXPECT_LT(rest, 2'000);
  expect_the_same_below(prefix);
}

TEST_F(ReplayTopics, ThatIsGoneOnWithElsewhereEndsAndSendsNothingMore) {
  write_answers(2'000);
  const auto prefix = both_inputs_below("twin-");
  const auto file = capture();
  auto older = start({file, "--into", prefix, "--rate", "50", "--execute"});
  ASSERT_TRUE(wait_until(30s, [&] { return arrived_below(prefix) > 0; })) << slurp(path("told"));
  (void)sent({file, "--into", prefix, "--resume"});
  EXPECT_EQ(older.wait(30s), 1);
  EXPECT_THAT(slurp(path("told")), HasSubstr("another run took over"));
  expect_the_same_below(prefix);
}

const unsigned first_seed = take_variable("ORDERS_SEED", 0);  ///< 0: another one each time

void ReplayTopics::kill_and_resume(const std::vector<std::string>& flags) {
  const auto seed = first_seed != 0 ? first_seed : std::random_device{}();
  SCOPED_TRACE("ORDERS_SEED=" + std::to_string(seed));
  std::minstd_rand random(seed);
  auto slowly = flags;
  slowly.insert(slowly.end(), {"--resume", "--execute", "--rate", "4000"});
  int killed = 0;
  for (int round = 1; round <= 5; ++round) {
    auto process = start(slowly);
    // The point is that it dies anywhere: before it has begun, between and within transactions.
    const std::chrono::milliseconds moment(100 + random() % (700u * static_cast<unsigned>(round)));
    if (process.wait(moment)) continue;
    process.kill();
    ++killed;
  }
  EXPECT_GT(killed, 0) << slurp(path("told"));
  auto last = flags;
  last.insert(last.end(), {"--resume", "--execute"});
  const auto output = send(last);
  EXPECT_EQ(output.exit_code, 0) << output.text();
}

TEST_F(ReplayTopics, AFileArrivesOnceHoweverOftenItsRunsAreKilled) {
  write_answers(7'000);
  const auto prefix = both_inputs_below("killed-");
  kill_and_resume({capture(), "--into", prefix});
  expect_the_same_below(prefix);
}

TEST_F(ReplayTopics, ARangeArrivesOnceHoweverOftenItsRunsAreKilled) {
  write_answers(7'000);
  const auto prefix = both_inputs_below("ranged-");
  kill_and_resume({"--from", "earliest", "--to", "latest", "--into", prefix});
  expect_the_same_below(prefix);
  EXPECT_EQ(captured_below(prefix), 14'000u);
}

}  // namespace
}  // namespace orders::test
