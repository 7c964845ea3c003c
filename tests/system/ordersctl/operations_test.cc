// Looking at what runs: order trace, lag, topology, status --watch, doctor, on a real broker and PostgreSQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

#include "kafka/producer.h"
#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Where the key of an order belongs.
std::int32_t home(std::int64_t id) { return java_partition(int64_key(id), 4); }

std::vector<std::string> kinds_of(const json& story) {
  std::vector<std::string> kinds;
  for (const auto& record : story.at("records")) kinds.push_back(record.at("kind"));
  return kinds;
}

/// The finding of a check, of any level; null if there is none.
json finding_of(const json& diagnosis, const std::string& check) {
  for (const auto& finding : diagnosis.at("findings")) {
    if (finding.at("check") == check) return finding;
  }
  return nullptr;
}

class Operations : public testing::Test {
 protected:
  Operations() {
    daemon_.ctl_ok({"topics", "create", "--partitions", "4"});
    daemon_.ctl_ok({"db", "migrate"});
  }

  void answer_both(std::int64_t id) {
    writer_.write(answer(daemon_.payments(), home(id), id, "ACCEPT", now()));
    writer_.write(answer(daemon_.stock(), home(id), id, "ACCEPT", now()));
    writer_.flush();
  }
  json trace(std::int64_t id, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"order", "trace", std::to_string(id)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daemon_.ctl_json(arguments);
  }
  /// Until both views have the order.
  json trace_until_kept(std::int64_t id) const {
    json story;
    EXPECT_TRUE(wait_until(
        30s,
        [&] {
          const auto output = daemon_.ctl({"--output", "json", "order", "trace", std::to_string(id)});
          if (output.exit_code != 0) return false;
          story = json::parse(output.out);
          return story.at("state") == "decided" && !story.at("row").is_null() && !story.at("table").is_null();
        },
        200ms))
        << story;
    return story;
  }
  /// Of one reader in one partition.
  json lag_of(const std::string& reader, std::int32_t partition) const {
    const auto lags = daemon_.ctl_json({"lag", "--interval", "200ms"});
    for (const auto& lag : lags.at("partitions")) {
      if (lag.at("reader") == reader && lag.at("partition") == partition) return lag;
    }
    return nullptr;
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  PostgresDatabase database_;
  Daemon daemon_{
      "operations",
      {{"kafka.bootstrap_servers", bootstrap_}, {"database.backend", "postgresql"}, {"database.url", database_.url()}}};
  LogWriter writer_{bootstrap_};
};

TEST_F(Operations, OrderTraceTellsTheWholeStoryWithTheDaemonAndWithout) {
  daemon_.start_and_await();
  answer_both(1);
  const auto story = trace_until_kept(1);
  EXPECT_EQ(kinds_of(story), (std::vector<std::string>{"payment", "stock", "result"}));
  EXPECT_EQ(story.at("/records/0/topic"_json_pointer), daemon_.payments());
  EXPECT_EQ(story.at("/records/0/partition"_json_pointer), home(1));
  EXPECT_EQ(story.at("/records/2/status"_json_pointer), "CONFIRMED");
  EXPECT_EQ(story.at("/row/status"_json_pointer), "CONFIRMED");
  EXPECT_EQ(story.at("/table/value/status"_json_pointer), "CONFIRMED");
  EXPECT_THAT(daemon_.ctl_ok({"order", "trace", "1"}),
              AllOf(HasSubstr("order 1: CONFIRMED\n"), HasSubstr(daemon_.stock() + "["),
                    HasSubstr("database: CONFIRMED")));
  // A worker tells of a commit just after it.
  const auto latency_told = [&] {
    return daemon_.ctl_json({"status"}).at("/join/latency_total/results"_json_pointer) == 1;
  };
  EXPECT_TRUE(wait_until(30s, latency_told));
  EXPECT_THAT(daemon_.ctl_ok({"status"}), AllOf(HasSubstr("\nlatency"), HasSubstr("last commit 2"), HasSubstr("TASK")));

  ASSERT_EQ(daemon_.stop(), 0);
  const auto without = trace(1);
  EXPECT_EQ(without.at("records"), story.at("records"));
  EXPECT_EQ(without.at("/row/status"_json_pointer), "CONFIRMED");
  EXPECT_EQ(without.at("/table/offset"_json_pointer), story.at("/table/offset"_json_pointer));
}

TEST_F(Operations, OrderTraceSaysWhatIsWaitedForAndWhatBecameADeadLetter) {
  const auto time = now();
  writer_.write(answer(daemon_.payments(), home(2), 2, "ACCEPT", time));
  writer_.write({daemon_.stock(), home(3), int64_key(3), "no JSON", time, {}});
  writer_.flush();
  daemon_.start_and_await();
  json story;
  ASSERT_TRUE(wait_until(
      30s, [&] { return (story = trace(2)).at("state") == "waiting"; }, 200ms))
      << story;
  EXPECT_EQ(story.at("waitsFor"), json::array({"stock"}));
  EXPECT_EQ(story.at("/records/0/timestamp"_json_pointer), time);
  ASSERT_TRUE(wait_until(
      30s, [&] { return (story = trace(3)).at("state") == "missed"; }, 200ms))
      << story;
  EXPECT_EQ(kinds_of(story), (std::vector<std::string>{"stock", "dead_letter"}));
  EXPECT_EQ(story.at("/records/1/reason"_json_pointer), "invalid_value");
  EXPECT_EQ(story.at("/records/1/original"_json_pointer),
            daemon_.stock() + "[" + std::to_string(home(3)) + "]@" + story.at("/records/0/offset"_json_pointer).dump());
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Operations, OrderTraceLooksWhereItIsToldTo) {
  const auto elsewhere = (home(4) + 1) % 4;
  // The older one first, for they may lie in one partition: what follows a record that is new enough is read.
  writer_.write(answer(daemon_.payments(), home(5), 5, "ACCEPT", now() - 3'600'000));
  writer_.write(answer(daemon_.payments(), elsewhere, 4, "ACCEPT", now()));
  writer_.flush();
  daemon_.start_and_await();
  const auto nothing = daemon_.ctl({"order", "trace", "4"});
  EXPECT_EQ(nothing.exit_code, 3) << nothing.text();
  EXPECT_THAT(nothing.err, HasSubstr("--all-partitions"));
  EXPECT_EQ(trace(4, {"--all-partitions"}).at("/records/0/partition"_json_pointer), elsewhere);
  EXPECT_EQ(daemon_.ctl({"order", "trace", "5", "--since", "30m"}).exit_code, 3);
  EXPECT_EQ(kinds_of(trace(5, {"--since", "2h"})), std::vector<std::string>{"payment"});
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Operations, LagIsToldWithTheDaemonAndWithout) {
  daemon_.start_and_await();
  answer_both(1);
  (void)trace_until_kept(1);
  json lag;
  ASSERT_TRUE(wait_until(
      30s, [&] { return (lag = lag_of("join", home(1))).at("lag") == 0; }, 200ms))
      << lag;
  EXPECT_EQ(lag.at("outlook"), "current");
  EXPECT_EQ(lag_of("table", home(1)).at("source"), "daemon");
  EXPECT_TRUE(lag_of("database", home(1)).at("position").is_number());

  ASSERT_EQ(daemon_.stop(), 0);
  for (int i = 0; i < 5; ++i) writer_.write(answer(daemon_.payments(), home(1), 1'000 + i, "ACCEPT", now()));
  writer_.flush();
  lag = lag_of("join", home(1));
  EXPECT_EQ(lag.at("lag"), 5) << lag;
  EXPECT_EQ(lag.at("outlook"), "stands_still");
  EXPECT_EQ(lag_of("table", home(1)).at("source"), "state folder");
  EXPECT_EQ(daemon_.ctl_lines({"lag", "--watch", "--count", "2", "--interval", "200ms"}).size(), 2u * (4 + 4 + 4 + 4));
}

TEST_F(Operations, LagOfTopicsThatAreNotThereIsNothingFound) {
  const Daemon without("without", {{"kafka.bootstrap_servers", bootstrap_}});
  const auto output = without.ctl({"lag"});
  EXPECT_EQ(output.exit_code, 3) << output.text();
  EXPECT_THAT(output.err, AllOf(HasSubstr(without.payments() + " is not there"), HasSubstr("ordersctl topics create")));
}

TEST_F(Operations, TopologyShowsThePartitionsThatThereAre) {
  EXPECT_THAT(daemon_.ctl_ok({"topology"}),
              testing::ContainsRegex(daemon_.payments() + " +4\n(.*\n)*join: 4 tasks on 2 threads"));
  const auto graph = daemon_.ctl_json({"topology"});
  for (const auto& node : graph.at("nodes")) {
    if (node.at("kind") == "topic") {
      EXPECT_EQ(node.at("partitions"), 4) << node;
    }
  }
}

TEST_F(Operations, StatusIsWatchedUntilCtrlC) {
  daemon_.start_and_await();
  auto command = daemon_.ctl_command({"status", "--watch", "--interval", "200ms"});
  command.output = daemon_.folder() / "watch.txt";
  auto watching = Process::spawn(command);
  const auto heads = [&] {
    const auto text = slurp(command.output);
    int count = 0;
    for (auto at = text.find(" / one: "); at != std::string::npos; at = text.find(" / one: ", at + 1)) ++count;
    return count;
  };
  ASSERT_TRUE(wait_until(30s, [&] { return heads() >= 2; })) << slurp(command.output);
  watching.signal(SIGINT);
  EXPECT_EQ(watching.wait(30s), 0);
  EXPECT_THAT(slurp(command.output), AllOf(HasSubstr("A SECOND"), Not(HasSubstr("\033"))));
  EXPECT_EQ(daemon_.ctl_lines({"status", "--watch", "--count", "3", "--interval", "100ms"}).size(), 3u);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Operations, StatusOnATerminalIsALiveScreenThatLeavesNothingBehind) {
  daemon_.start_and_await();
  const auto words = daemon_.ctl_command({"status", "--watch", "--count", "2", "--interval", "100ms"}).arguments;
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "'" : " '") + word + "'";
  Command terminal;
  terminal.arguments = {"script", "-q", "-e", "-c", line, "/dev/null"};
  terminal.environment = {{"TERM", "xterm"}};
  const auto output = run(terminal);
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_THAT(output.out, AllOf(HasSubstr("\033[?1049h"), HasSubstr("\033[H"), HasSubstr("A SECOND")));
  EXPECT_GT(output.out.rfind("\033[?1049l"), output.out.rfind("A SECOND"));
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Operations, DoctorFindsNothingWrongWithWhatRuns) {
  daemon_.start_and_await();
  answer_both(1);
  (void)trace_until_kept(1);
  const auto output = daemon_.ctl({"--output", "json", "doctor"});
  EXPECT_EQ(output.exit_code, 0) << output.text();
  const auto diagnosis = json::parse(output.out);
  EXPECT_EQ(diagnosis.at("errors"), 0);
  for (const auto* check : {"broker", "transactions", "keys", "database", "daemon"}) {
    EXPECT_EQ(finding_of(diagnosis, check).at("level"), "ok") << finding_of(diagnosis, check);
  }
  const auto group = "group " + daemon_.setting("application_id");
  EXPECT_THAT(finding_of(diagnosis, group).at("finding"), HasSubstr("one-0"));
  EXPECT_EQ(finding_of(diagnosis, group + "-database").at("level"), "ok");
  EXPECT_THAT(finding_of(diagnosis, "limits").at("finding"), HasSubstr("the daemon may have"));
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Operations, DoctorNamesTopicsAndKeysThatAreWrong) {
  Daemon wrong("wrong", {{"kafka.bootstrap_servers", bootstrap_}});
  create_topic(bootstrap_, wrong.orders(), 2);
  create_topic(bootstrap_, wrong.payments(), 2, {{"cleanup.policy", "compact"}});
  create_topic(bootstrap_, wrong.stock(), 2);
  writer_.write(answer(wrong.payments(), 0, 7, "ACCEPT", now()));
  writer_.write(answer(wrong.stock(), 1, 7, "ACCEPT", now()));
  writer_.flush();
  const auto output = wrong.ctl({"--output", "json", "doctor"});
  EXPECT_EQ(output.exit_code, 1) << output.text();
  const auto diagnosis = json::parse(output.out);
  EXPECT_THAT(finding_of(diagnosis, "topic " + wrong.payments()).at("mend"), HasSubstr("cleanup.policy=delete"));
  EXPECT_EQ(finding_of(diagnosis, "topic " + wrong.dead_letters()).at("mend"), "ordersctl topics create");
  EXPECT_THAT(finding_of(diagnosis, "keys").at("finding"), HasSubstr("7 (0 and 1)"));
  EXPECT_EQ(finding_of(diagnosis, "group " + wrong.setting("application_id")).at("level"), "warn");
}

TEST_F(Operations, DoctorNamesTheTransactionThatHoldsBackATopic) {
  auto producer = kafka::TransactionalProducer::create(
      {bootstrap_, {}}, {.transactional_id = unique_name("hanging"), .transaction_timeout = 60s});
  ASSERT_TRUE(producer.has_value()) << producer.error().text();
  ASSERT_TRUE(producer->init(30s).has_value());
  auto transaction = producer->begin();
  ASSERT_TRUE(transaction.has_value());
  ASSERT_TRUE(transaction->produce({daemon_.payments(), 2, int64_key(1), "{}", {}, std::nullopt}).has_value());
  ASSERT_TRUE(transaction->flush(30s).has_value());
  const auto output = daemon_.ctl({"--output", "json", "doctor", "--wait", "300ms"});
  EXPECT_EQ(output.exit_code, 0) << output.text();
  const auto found = finding_of(json::parse(output.out), "transactions");
  EXPECT_EQ(found.at("level"), "warn");
  EXPECT_THAT(found.at("finding"), HasSubstr(daemon_.payments() + "[2]: an open transaction of PT"));
  EXPECT_THAT(found.at("mend"), HasSubstr("abort --topic " + daemon_.payments() + " --partition 2 --start-offset 0"));
  EXPECT_THAT(daemon_.ctl_ok({"lag", "--interval", "200ms"}),
              HasSubstr(daemon_.payments() + "[2]: an open transaction holds back 1 offset: ordersctl doctor"));
  EXPECT_TRUE(transaction->abort(30s).has_value());
}

}  // namespace
}  // namespace orders::test
