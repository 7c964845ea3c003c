// Records that can't be processed: each becomes a dead letter with its reason, and its partition goes on.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t base = 1'700'000'000'000;

struct Bad {
  std::string what;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::string reason;
};

std::vector<Bad> bad_answers() {
  return {
      {"no JSON", int64_key(1), "hello", "invalid_value"},
      {"half an object", int64_key(1), R"({"orderId":1,"status":"ACCEPT")", "invalid_value"},
      {"more behind the object", int64_key(1), R"({"orderId":1,"status":"ACCEPT"} x)", "invalid_value"},
      {"an array", int64_key(1), "[1]", "invalid_value"},
      {"bytes that are not UTF-8", int64_key(1), std::string("{\"orderId\":1,\"status\":\"ACCEPT\",\"x\":\"\xff\"}"),
       "invalid_value"},
      {"no orderId", int64_key(1), R"({"status":"ACCEPT"})", "invalid_value"},
      {"an orderId of text", int64_key(1), R"({"orderId":"1","status":"ACCEPT"})", "invalid_value"},
      {"no status", int64_key(1), R"({"orderId":1})", "invalid_value"},
      {"an empty value", int64_key(1), "", "invalid_value"},
      {"a key that is too short", "1234567", R"({"orderId":1,"status":"ACCEPT"})", "invalid_key"},
      {"a key that is another id", int64_key(2), R"({"orderId":1,"status":"ACCEPT"})", "key_mismatch"},
      {"a status that no answer has", int64_key(1), R"({"orderId":1,"status":"MAYBE"})", "invalid_status"},
      {"the status of a result", int64_key(1), R"({"orderId":1,"status":"CONFIRMED"})", "invalid_status"},
      {"a record that is too large", int64_key(1),
       R"({"orderId":1,"status":"ACCEPT","x":")" + std::string(40'000, 'x') + "\"}", "too_large"},
  };
}

void expect_dead_letter(const LoggedRecord& letter, const Bad& bad, const std::string& topic, std::int64_t offset) {
  EXPECT_EQ(letter.key, bad.key) << bad.what;
  EXPECT_EQ(letter.value, bad.value) << bad.what;
  const auto header = [&](const std::string& name) { return letter.header(name).value_or("(none)"); };
  std::string partition_bytes, offset_bytes, timestamp_bytes;
  append_be32(partition_bytes, 2);
  append_be64(offset_bytes, static_cast<std::uint64_t>(offset));
  append_be64(timestamp_bytes, static_cast<std::uint64_t>(base));
  EXPECT_EQ(header("kafka_dlt-original-topic"), topic) << bad.what;
  EXPECT_EQ(header("kafka_dlt-original-partition"), partition_bytes) << bad.what;
  EXPECT_EQ(header("kafka_dlt-original-offset"), offset_bytes) << bad.what;
  EXPECT_EQ(header("kafka_dlt-original-timestamp"), timestamp_bytes) << bad.what;
  EXPECT_EQ(header("kafka_dlt-original-timestamp-type"), "CreateTime") << bad.what;
  EXPECT_NE(header("kafka_dlt-exception-fqcn"), "(none)") << bad.what;
  EXPECT_NE(header("kafka_dlt-exception-message"), "(none)") << bad.what;
  EXPECT_EQ(header("orders-reason"), bad.reason) << bad.what;
  EXPECT_EQ(header("trace"), "kept") << bad.what;
  EXPECT_GT(letter.timestamp, base) << "dated when written";
}

class Records : public testing::TestWithParam<std::string> {};

TEST_P(Records, OfAnInputThatAreMalformedAreDeadLetteredAndThePartitionGoesOn) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("records", {{"kafka.bootstrap_servers", bootstrap}, {"limits.record", "32KiB"}});
  create_topics(bootstrap, daemon);
  const std::string topic = daemon.setting("topics." + GetParam());
  const std::string other = daemon.setting(GetParam() == "stock" ? "topics.payments" : "topics.stock");
  const auto bad = bad_answers();
  LogWriter writer(bootstrap);
  for (const auto& record : bad) writer.write({topic, 2, record.key, record.value, base, {{"trace", "kept"}}});
  // These have a fate without a dead letter: skipped.
  writer.write({topic, 2, std::nullopt, R"({"orderId":1,"status":"ACCEPT"})", base, {}});
  writer.write({topic, 2, int64_key(1), std::nullopt, base, {}});
  // Behind them a good one.
  writer.write(answer(topic, 2, 9, "ACCEPT", base));
  writer.write(answer(other, 2, 9, "ACCEPT", base));
  writer.flush();

  daemon.start();
  ResultFollower(bootstrap, daemon.orders()).await(1, 60s);
  ASSERT_TRUE(wait_until(30s, [&] { return join_figure(daemon, "/fates/skipped") == 2; }));
  EXPECT_EQ(join_figure(daemon, "/fates/invalid"), bad.size());
  EXPECT_EQ(join_figure(daemon, "/fates/joined"), 2);
  EXPECT_EQ(join_figure(daemon, "/fates/read"), bad.size() + 4);
  EXPECT_EQ(daemon.stop(), 0);
  const auto letters = read_topic(bootstrap, daemon.dead_letters());
  ASSERT_EQ(letters.size(), bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) {
    expect_dead_letter(letters[i], bad[i], topic, static_cast<std::int64_t>(i));
    EXPECT_EQ(letters[i].header("orders-origin"), "join");
  }
}

INSTANTIATE_TEST_SUITE_P(Inputs, Records, testing::Values("payments", "stock"),
                         [](const auto& info) { return info.param; });

TEST(RecordsOfOrders, ThatAreMalformedAreDeadLetteredByTheViewsAndTheGoodOnesAreShown) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("orders", {{"kafka.bootstrap_servers", bootstrap}, {"database.backend", "embedded"}});
  create_topics(bootstrap, daemon);
  LogWriter writer(bootstrap);
  writer.write({daemon.orders(), 1, int64_key(1), "hello", base, {}});
  writer.write({daemon.orders(), 1, "short", R"({"orderId":1,"status":"NEW"})", base, {}});
  writer.write({daemon.orders(), 1, int64_key(2), answer_json(1, "NEW"), base, {}});
  writer.write({daemon.orders(), 1, std::nullopt, R"({"orderId":1,"status":"NEW"})", base, {}});
  writer.write(answer(daemon.orders(), 1, 7, "NEW", base));
  writer.write(answer(daemon.orders(), 1, 7, "CONFIRMED", base + 1));
  writer.write(answer(daemon.orders(), 1, 8, "NEW", base));
  writer.write({daemon.orders(), 1, int64_key(8), std::nullopt, base, {}});
  writer.flush();
  daemon.start();
  ASSERT_TRUE(wait_until(60s, [&] {
    const auto row = daemon.get("/api/orders/7");
    return row && row->at("status") == "CONFIRMED";
  })) << daemon.log();
  ASSERT_TRUE(wait_until(30s, [&] {
    const auto row = daemon.get("/api/orders/store/7");
    return row && row->at("value").at("status") == "CONFIRMED";
  })) << daemon.log();
  ASSERT_TRUE(wait_until(30s, [&] {
    const auto count = daemon.get("/api/orders/store/count");
    return count && count->at("count") == 3;  // 1, 2 and 7 as they came, unparsed; the tombstone took 8 away
  })) << daemon.log();
  EXPECT_TRUE(daemon.get("/api/orders/8").has_value()) << "the database ignores tombstones";
  EXPECT_EQ(daemon.stop(), 0);
  const auto letters = read_topic(bootstrap, daemon.dead_letters());
  std::map<std::string, int> of_database;
  for (const auto& letter : letters) {
    if (letter.header("orders-origin") == "database") ++of_database[letter.header("orders-reason").value_or("none")];
  }
  EXPECT_EQ(of_database["invalid_value"], 1);
  EXPECT_GE(of_database["invalid_key"], 1);
  EXPECT_EQ(of_database["key_mismatch"], 1);
}

}  // namespace
}  // namespace orders::test
