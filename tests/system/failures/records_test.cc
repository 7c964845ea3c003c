// Records that can't be processed: each becomes a dead letter with its reason, and its partition goes on.
#include <gtest/gtest.h>

#include <random>

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
  const auto all = static_cast<std::int64_t>(bad.size()) + 4;
  ASSERT_TRUE(wait_until(30s, [&] { return join_figure(daemon, "/fates/read") == all; })) << daemon.log();
  EXPECT_EQ(join_figure(daemon, "/fates/skipped"), 2);
  EXPECT_EQ(join_figure(daemon, "/fates/invalid"), bad.size());
  EXPECT_EQ(join_figure(daemon, "/fates/joined"), 2);
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
  const auto all_read = [&] {
    const auto status = daemon.get("/api/status");
    return status && status->at("/views/database/read"_json_pointer) == 8;
  };
  ASSERT_TRUE(wait_until(30s, all_read)) << daemon.log();
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

/// Text that does not compress: the broker's limit is one of compressed batches.
std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) text += static_cast<char>('a' + random() % 26);
  return text;
}

/// Inputs that let in everything, `orders` and dead letters in batches of no more than so many bytes.
void create_topics_with_limits(const std::string& bootstrap, const Daemon& daemon, int orders_bytes, int letter_bytes) {
  for (const auto& input : {daemon.payments(), daemon.stock()})
    create_topic(bootstrap, input, 4, {{"message.timestamp.after.max.ms", "9223372036854775807"}});
  create_topic(bootstrap, daemon.orders(), 4,
               {{"max.message.bytes", std::to_string(orders_bytes)}, {"message.timestamp.after.max.ms", "3600000"}});
  create_topic(bootstrap, daemon.dead_letters(), 1, {{"max.message.bytes", std::to_string(letter_bytes)}});
  create_topic(bootstrap, daemon.setting("topics.drained"), 1, {{"cleanup.policy", "compact"}});
}

std::string be64(std::int64_t value) {
  std::string bytes;
  append_be64(bytes, static_cast<std::uint64_t>(value));
  return bytes;
}

TEST(RefusedByTheBroker, AResultIsADeadLetterOfItsStockRecordAndTheOthersArePublished) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("refused", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics_with_limits(bootstrap, daemon, 20'000, 20'000);
  LogWriter writer(bootstrap);
  const auto pair = [&](std::int32_t partition, std::int64_t id, std::int64_t time, const std::string& mark) {
    writer.write(answer(daemon.payments(), partition, id, "ACCEPT", time));
    writer.write(answer(daemon.stock(), partition, id, "ACCEPT", time, mark));
  };
  const auto large = noise(40'000);
  const auto tomorrow = std::chrono::duration_cast<std::chrono::milliseconds>(
                            (std::chrono::system_clock::now() + 24h).time_since_epoch())
                            .count();
  for (int id = 1; id <= 15; ++id) pair(1, id, base + id, "good");
  pair(1, 500, base + 15, large);  // record 15 of its partition's stock
  writer.write({daemon.payments(), 1, int64_key(501), large, base + 15, {}});
  for (int id = 16; id <= 30; ++id) pair(1, id, base + id, "good");
  pair(3, 600, tomorrow, "of tomorrow");
  writer.flush();

  daemon.start();
  ResultFollower follower(bootstrap, daemon.orders());
  follower.await(30, 60s);
  pair(1, 31, base + 31, "good");  // the partition goes on
  writer.flush();
  follower.await(31, 60s);
  ASSERT_TRUE(wait_until(30s, [&] {
    return join_figure(daemon, "/fates/refused") == 2 && join_figure(daemon, "/fates/read") == 67;
  })) << daemon.log();
  EXPECT_EQ(join_figure(daemon, "/fates/joined"), 66);
  EXPECT_EQ(join_figure(daemon, "/fates/invalid"), 1);
  EXPECT_EQ(join_figure(daemon, "/fates/results"), 33);
  EXPECT_EQ(join_figure(daemon, "/fates/letters_dropped"), 0);
  EXPECT_TRUE(daemon.check_identity());
  EXPECT_EQ(daemon.stop(), 0);

  std::map<std::string, int> results;
  for (const auto& record : read_topic(bootstrap, daemon.orders())) ++results[record.value.value_or("none")];
  std::map<std::string, int> expected;
  for (int id = 1; id <= 31; ++id) expected[answer_json(id, "CONFIRMED", "good")] = 1;
  EXPECT_EQ(results, expected);

  std::map<std::string, LoggedRecord> letters;  // by their key
  for (auto& letter : read_topic(bootstrap, daemon.dead_letters())) letters[letter.key.value_or("")] = letter;
  ASSERT_EQ(letters.size(), 3U);
  const auto& too_large = letters.at(int64_key(500));
  EXPECT_EQ(too_large.value, std::nullopt) << "the dead letter is too large as well";
  EXPECT_EQ(too_large.header("orders-reason"), "broker_refused");
  EXPECT_EQ(too_large.header("kafka_dlt-original-topic"), daemon.stock());
  EXPECT_EQ(too_large.header("kafka_dlt-original-offset"), be64(15));
  EXPECT_EQ(too_large.header("kafka_dlt-original-timestamp"), be64(base + 15));
  EXPECT_EQ(too_large.header("orders-value-left-out"),
            std::to_string(answer_json(500, "ACCEPT", large).size()) + " bytes, refused by the broker");
  const auto& no_json = letters.at(int64_key(501));
  EXPECT_EQ(no_json.value, std::nullopt);
  EXPECT_EQ(no_json.header("orders-reason"), "invalid_value");
  const auto& of_tomorrow = letters.at(int64_key(600));
  EXPECT_EQ(of_tomorrow.value, answer_json(600, "ACCEPT", "of tomorrow")) << "the stock record, byte for byte";
  EXPECT_EQ(of_tomorrow.header("orders-reason"), "broker_refused");
  EXPECT_EQ(of_tomorrow.header("kafka_dlt-original-timestamp"), be64(tomorrow));
}

TEST(RefusedByTheBroker, ADeadLetterThatDoesNotFitEvenWithoutItsValueIsDroppedLoggedAndCounted) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("dropped", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics_with_limits(bootstrap, daemon, 20'000, 200);
  LogWriter writer(bootstrap);
  writer.write({daemon.payments(), 2, int64_key(1), "hello", base, {}});
  for (int id = 2; id <= 6; ++id) {
    writer.write(answer(daemon.payments(), 2, id, "ACCEPT", base));
    writer.write(answer(daemon.stock(), 2, id, "REJECT", base));
  }
  writer.flush();
  daemon.start();
  ResultFollower(bootstrap, daemon.orders()).await(5, 60s);
  ASSERT_TRUE(wait_until(30s, [&] {
    return join_figure(daemon, "/fates/letters_dropped") == 1 && join_figure(daemon, "/fates/read") == 11;
  })) << daemon.log();
  EXPECT_EQ(join_figure(daemon, "/fates/invalid"), 1);
  EXPECT_TRUE(daemon.check_identity());
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_NE(daemon.log().find("the dead letter of " + daemon.payments() + "[2]@0 even without its value"),
            std::string::npos);
  EXPECT_EQ(read_topic(bootstrap, daemon.dead_letters()).size(), 0U);
  EXPECT_EQ(read_topic(bootstrap, daemon.orders()).size(), 5U);
}

TEST(RefusedByTheBroker, ADeadLetterOfTheDatabaseViewGoesWithoutItsValueAndTheViewGoesOn) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("view", {{"kafka.bootstrap_servers", bootstrap}, {"database.backend", "embedded"}});
  create_topics_with_limits(bootstrap, daemon, 1'048'588, 20'000);
  LogWriter writer(bootstrap);
  const auto large = noise(40'000);
  writer.write({daemon.orders(), 1, int64_key(1), large, base, {}});
  writer.write({daemon.orders(), 1, int64_key(2), "hello", base, {}});
  writer.write(answer(daemon.orders(), 1, 7, "NEW", base));
  writer.flush();
  daemon.start();
  ASSERT_TRUE(wait_until(60s, [&] { return daemon.get("/api/orders/7").has_value(); })) << daemon.log();
  ASSERT_TRUE(wait_until(30s, [&] {
    const auto status = daemon.get("/api/status");
    return status && status->at("views").at("database").at("invalid") == 2;
  }));
  EXPECT_EQ(daemon.get("/api/status")->at("views").at("database").at("letters_dropped"), 0);
  EXPECT_EQ(daemon.stop(), 0);
  const auto letters = read_topic(bootstrap, daemon.dead_letters());
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters[0].value, std::nullopt);
  EXPECT_EQ(letters[0].header("orders-value-left-out"), "40000 bytes, refused by the broker");
  EXPECT_EQ(letters[0].header("kafka_dlt-original-offset"), be64(0));
  EXPECT_EQ(letters[1].value, "hello");
}

}  // namespace
}  // namespace orders::test
