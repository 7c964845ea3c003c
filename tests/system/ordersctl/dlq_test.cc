// ordersctl dlq on a real broker: what is shown, what is drained where, and what stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "dead_letters.h"
#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/traffic.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

class Dlq : public testing::Test {
 protected:
  Dlq() { create_topics(bootstrap_, daemon_); }
  void put(const std::vector<DeadLetter>& letters) { write(bootstrap_, daemon_, letters); }
  std::string make_topic(const std::string& stem, const std::map<std::string, std::string>& config) const {
    const auto name = unique_name(stem);
    create_topic(bootstrap_, name, 1, config);
    return name;
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  Daemon daemon_{"dlq", {{"kafka.bootstrap_servers", bootstrap_}}};
};

TEST_F(Dlq, IsListedByReasonAndTopicAndShownInFull) {
  put({{daemon_.payments(), 1, "late", "a"},
       {daemon_.stock(), 2, "late", "b"},
       {daemon_.payments(), 3, "invalid_value", "c", "hello"}});
  const auto reasons = listed(daemon_);
  EXPECT_EQ(reasons.at("letters"), 3);
  EXPECT_EQ(reasons.at("drained"), 0);
  EXPECT_EQ(reasons.at("groups").size(), 2U);
  EXPECT_EQ(reasons.at("groups")[1].at("reason"), "late");
  EXPECT_EQ(reasons.at("groups")[1].at("letters"), 2);
  const auto topics = daemon_.ctl_json({"dlq", "list", "--by", "topic", "--reason", "late"});
  EXPECT_EQ(topics.at("groups").size(), 2U);
  EXPECT_EQ(daemon_.ctl_json({"dlq", "list", "--by", "hour"}).at("groups")[0].at("hour"), "2023-11-14T22Z");
  EXPECT_EQ(daemon_.ctl_json({"dlq", "list", "--since", "-1h"}).at("letters"), 0);

  const auto letters = daemon_.ctl_lines({"dlq", "list", "--letters", "--topic", daemon_.payments()});
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters[0].at("key"), 1);
  EXPECT_EQ(letters[0].at("id"), daemon_.dead_letters() + "[0]@0");
  EXPECT_EQ(letters[0].at("original").at("offset"), 1);
  EXPECT_EQ(daemon_.ctl_json({"dlq", "list", "--letters", "--limit", "1"}).at("more"), true);

  const auto shown = daemon_.ctl_ok({"dlq", "show", daemon_.dead_letters() + "[0]@0"});
  EXPECT_THAT(shown, HasSubstr(daemon_.payments() + "[0]@1"));
  EXPECT_THAT(shown, HasSubstr("trace: kept"));
  EXPECT_THAT(shown, HasSubstr("\"productPrice\": 12.50\n")) << "byte for byte, a member a line";
  const auto by_record = daemon_.ctl_lines({"dlq", "show", daemon_.payments() + "[0]@3"});
  ASSERT_EQ(by_record.size(), 1U);
  EXPECT_EQ(by_record[0].at("record").at("value_base64"), "aGVsbG8=");
  EXPECT_EQ(daemon_.ctl({"dlq", "show", daemon_.dead_letters() + "[0]@99"}).exit_code, 3);
}

TEST_F(Dlq, IsOnlyPlannedWithoutExecute) {
  put({{daemon_.payments(), 1, "late", "a"}, {daemon_.payments(), 2, "late", "b"}});
  const auto plan = daemon_.ctl({"--output", "json", "dlq", "drain", "--key", "1"});
  EXPECT_EQ(plan.exit_code, 5) << plan.text();
  EXPECT_THAT(plan.err, HasSubstr("with --execute it is carried out"));
  EXPECT_EQ(json::parse(plan.out).at("letters"), 1);
  EXPECT_EQ(json::parse(plan.out).at("plan")[0].at("to"), daemon_.payments());
  EXPECT_TRUE(json::parse(plan.out).at("edit_command").is_null());
  const std::vector<std::string> mending{"dlq", "drain", "--key", "1", "--edit-command", "sed s/a/b/"};
  EXPECT_THAT(daemon_.ctl(mending).out, HasSubstr("each value goes through: sed s/a/b/\n"));
  EXPECT_TRUE(marks_on(bootstrap_, daemon_.payments()).empty());
  EXPECT_EQ(listed(daemon_).at("letters"), 2);
  EXPECT_EQ(daemon_.ctl({"dlq", "drain", "--key", "7"}).exit_code, 0) << "nothing is to be done";
}

TEST_F(Dlq, GoesBackAsTheRecordsWereAndIsLeftOutFromThenOn) {
  put({{daemon_.payments(), 1, "invalid_value", "a"}, {daemon_.stock(), 1, "late", "b"}});
  const auto done = drain(daemon_, {});
  ASSERT_EQ(done.exit_code, 0) << done.text();
  EXPECT_EQ(json::parse(done.out).at("redriven"), 2);
  const auto payments = read_topic(bootstrap_, daemon_.payments());
  ASSERT_EQ(payments.size(), 1U);
  EXPECT_EQ(payments[0].partition, java_partition(int64_key(1), 4));
  EXPECT_EQ(payments[0].timestamp, dead_letters_base);
  using Headers = decltype(payments[0].headers);
  EXPECT_EQ(payments[0].headers, (Headers{{"trace", "kept"}, {"orders-attempt", "1"}}));
  EXPECT_GT(read_topic(bootstrap_, daemon_.stock()).at(0).timestamp, dead_letters_base) << "late: dated anew";
  EXPECT_EQ(listed(daemon_).at("letters"), 0);
  EXPECT_EQ(listed(daemon_).at("drained"), 2);
  EXPECT_EQ(json::parse(drain(daemon_, {}).out).at("redriven"), 0);
}

TEST_F(Dlq, LetsLateAndUnmatchedPartnersJoin) {
  for (const auto& [name, value] : JoinWindow{}.settings()) daemon_.set(name, value);
  LogWriter writer(bootstrap_);
  const auto base = dead_letters_base;
  // The stock record of 2 closes the window of payment 1, and makes the stock record of 1 late.
  writer.write(answer(daemon_.payments(), 0, 1, "ACCEPT", base));
  writer.write(answer(daemon_.payments(), 0, 2, "ACCEPT", base + 60'000));
  writer.write(answer(daemon_.stock(), 0, 2, "ACCEPT", base + 60'000));
  writer.write(answer(daemon_.stock(), 0, 1, "ACCEPT", base));
  writer.flush();
  daemon_.start_and_await();
  ASSERT_TRUE(wait_until(30s, [&] { return read_topic(bootstrap_, daemon_.dead_letters()).size() == 2; }))
      << daemon_.log();
  const auto reasons = listed(daemon_).at("groups");
  EXPECT_EQ(reasons[0].at("reason"), "late");
  EXPECT_EQ(reasons[1].at("reason"), "unmatched");

  const auto done = drain(daemon_, {});
  ASSERT_EQ(done.exit_code, 0) << done.text();
  ResultFollower(bootstrap_, daemon_.orders()).await(2, 30s);
  EXPECT_EQ(by_order(read_topic(bootstrap_, daemon_.orders())).at(1).at(0).at("status"), "CONFIRMED");
  const auto payments = read_topic(bootstrap_, daemon_.payments());
  EXPECT_EQ(std::ranges::count_if(payments, [](const auto& record) { return record.header("orders-attempt") == "1"; }),
            1);
  EXPECT_EQ(listed(daemon_).at("letters"), 0);
}

TEST_F(Dlq, IsMendedByACommandSoThatTheOrderGetsAResult) {
  const auto partition = java_partition(int64_key(1), 4);
  LogWriter writer(bootstrap_);
  writer.write(answer(daemon_.payments(), partition, 1, "MAYBE", dead_letters_base));
  writer.write(answer(daemon_.stock(), partition, 1, "ACCEPT", dead_letters_base));
  writer.flush();
  daemon_.start_and_await();
  ASSERT_TRUE(wait_until(30s, [&] { return !read_topic(bootstrap_, daemon_.dead_letters()).empty(); }));

  const auto failed = drain(daemon_, {"--edit-command", "cat; exit 3"});
  EXPECT_EQ(failed.exit_code, 1) << failed.text();
  EXPECT_THAT(failed.err, HasSubstr("the edit command: exit code 3"));
  EXPECT_EQ(json::parse(failed.out).at("failed").at("edit command"), 1);
  EXPECT_EQ(listed(daemon_).at("letters"), 1) << "it stays";

  const auto done = drain(daemon_, {"--reason", "invalid_status", "--edit-command", "sed s/MAYBE/ACCEPT/"});
  ASSERT_EQ(done.exit_code, 0) << done.text();
  ResultFollower(bootstrap_, daemon_.orders()).await(1, 30s);
  EXPECT_EQ(by_order(read_topic(bootstrap_, daemon_.orders())).at(1).at(0).at("status"), "CONFIRMED");
}

TEST_F(Dlq, OfMalformedRecordsGoesToAFileOnce) {
  put({{daemon_.payments(), 1, "invalid_value", "", "hello"}, {daemon_.payments(), 2, "late", "good"}});
  const auto file = daemon_.folder() / "malformed.ndjson";
  const std::vector<std::string> arguments{"--reason", "invalid_value", "--to-file", file.string()};
  ASSERT_EQ(drain(daemon_, arguments).exit_code, 0);
  const auto lines = parse_lines(slurp(file));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].at("topic"), daemon_.payments());
  EXPECT_EQ(lines[0].at("offset"), 1);
  EXPECT_EQ(lines[0].at("value_base64"), "aGVsbG8=");
  EXPECT_EQ(listed(daemon_).at("letters"), 1);

  // As after a crash between the file and the marks: none of them is there.
  const auto content = slurp(file);
  daemon_.set("topics.drained", make_topic("drained", {{"cleanup.policy", "compact"}}));
  EXPECT_EQ(listed(daemon_).at("letters"), 2);
  const auto again = drain(daemon_, arguments);
  EXPECT_EQ(again.exit_code, 0) << again.text();
  EXPECT_EQ(slurp(file), content) << "it has the letter";
  EXPECT_EQ(listed(daemon_).at("letters"), 1) << "marked now";
}

TEST_F(Dlq, HoldsWhatCameBackTooOften) {
  put({{daemon_.payments(), 1, "late", "a", "", 5}, {daemon_.payments(), 2, "late", "b", "", 6}});
  const auto done = drain(daemon_, {});
  EXPECT_EQ(done.exit_code, 0) << done.text();
  EXPECT_EQ(json::parse(done.out).at("redriven"), 1);
  EXPECT_EQ(json::parse(done.out).at("held").at("came back too often: limits.redrives is 5"), 1);
  EXPECT_EQ(listed(daemon_).at("letters"), 1);
}

/// Text that does not compress: the broker's limit is one of compressed batches.
std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) text += static_cast<char>('a' + random() % 26);
  return text;
}

TEST_F(Dlq, KeepsWhatTheTargetRefuses) {
  const auto target = make_topic("small", {{"max.message.bytes", "2000"}});
  put({{daemon_.payments(), 1, "invalid_value", "a"},
       {daemon_.payments(), 2, "too_large", "b", R"({"mark":")" + noise(20'000) + "\"}"},
       {daemon_.payments(), 3, "invalid_value", "c"}});
  const auto done = drain(daemon_, {"--to-topic", target});
  EXPECT_EQ(done.exit_code, 1) << done.text();
  EXPECT_EQ(json::parse(done.out).at("redriven"), 2) << done.text();
  EXPECT_EQ(json::parse(done.out).at("failed").at("refused by the broker"), 1);
  EXPECT_THAT(done.err, HasSubstr(daemon_.payments() + "[0]@2"));
  EXPECT_EQ(marks_on(bootstrap_, target), (std::map<std::string, int>{{"a", 1}, {"c", 1}}));
  const auto left = daemon_.ctl_lines({"dlq", "list", "--letters"});
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].at("key"), 2);
}

TEST_F(Dlq, NeedsATopicThatKeepsItsMarks) {
  put({{daemon_.payments(), 1, "late", "a"}});
  daemon_.set("topics.drained", unique_name("drained"));
  EXPECT_EQ(listed(daemon_).at("letters"), 1) << "to look, none is needed";
  EXPECT_EQ(drain(daemon_, {}).exit_code, 2);
  daemon_.set("topics.drained", make_topic("drained", {{"cleanup.policy", "delete"}, {"retention.ms", "3600000"}}));
  const auto refused = drain(daemon_, {});
  EXPECT_EQ(refused.exit_code, 2) << refused.text();
  EXPECT_THAT(refused.err, HasSubstr("letters could be drained twice"));
  EXPECT_TRUE(marks_on(bootstrap_, daemon_.payments()).empty());
}

class DlqOfTheDatabase : public testing::Test {
 protected:
  DlqOfTheDatabase() {
    create_topics(bootstrap_, daemon_);
    daemon_.ctl_ok({"db", "migrate"});
    daemon_.start_and_await();
  }
  void publish(std::int64_t id, const std::string& status) {
    LogWriter writer(bootstrap_);
    writer.write(answer(daemon_.orders(), 1, id, status, dead_letters_base));
    writer.flush();
  }
  [[nodiscard]] bool letters(std::size_t count) {
    return wait_until(30s, [&] { return read_topic(bootstrap_, daemon_.dead_letters()).size() == count; });
  }
  [[nodiscard]] bool row(std::int64_t id, const std::string& status) {
    return wait_until(30s, [&] {
      const auto order = daemon_.get("/api/orders/" + std::to_string(id));
      return order && order->at("status") == status;
    });
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  PostgresDatabase database_;
  Daemon daemon_{"dlqdb",
                 {{"kafka.bootstrap_servers", bootstrap_},
                  {"database.backend", "postgresql"},
                  {"database.url", database_.url()},
                  {"database.missing_order", "dead_letter"}}};
};

TEST_F(DlqOfTheDatabase, GoesBackIntoItsRowsAndNotToOrders) {
  publish(7, "CONFIRMED");
  publish(8, "CONFIRMED");
  ASSERT_TRUE(letters(2)) << daemon_.log();
  publish(8, "NEW");
  publish(8, "REJECTED");
  ASSERT_TRUE(row(8, "REJECTED"));
  const auto early = drain(daemon_, {});
  EXPECT_EQ(early.exit_code, 1) << early.text();
  EXPECT_THAT(early.err, HasSubstr("the order of this result is not in the database"));
  EXPECT_EQ(json::parse(early.out).at("applied"), 1) << "that of 8, which a newer result has overtaken";
  EXPECT_TRUE(row(8, "REJECTED")) << "an older result never overwrites a newer one";

  publish(7, "NEW");
  ASSERT_TRUE(row(7, "NEW"));
  const auto published = read_topic(bootstrap_, daemon_.orders()).size();
  const auto done = drain(daemon_, {});
  EXPECT_EQ(done.exit_code, 0) << done.text();
  EXPECT_EQ(json::parse(done.out).at("applied"), 1);
  EXPECT_TRUE(row(7, "CONFIRMED"));
  EXPECT_EQ(read_topic(bootstrap_, daemon_.orders()).size(), published);
  EXPECT_EQ(listed(daemon_).at("letters"), 0);
}

}  // namespace
}  // namespace orders::test
