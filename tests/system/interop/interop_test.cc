// Other programs' clients: the Java client and kcat (librdkafka) read what we write, and we read what they write.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int partitions = 5;  // not a power of two: a wrong hash shows
constexpr int count = 60;

/// One line of another client's output.
struct Seen {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string key;
  std::string value;
  friend auto operator<=>(const Seen&, const Seen&) = default;
};

std::vector<std::string> split(const std::string& line, char at, std::size_t parts) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  std::string field;
  while (fields.size() + 1 < parts && std::getline(in, field, at)) fields.push_back(field);
  std::getline(in, field);
  fields.push_back(field);
  return fields;
}

std::vector<Seen> parse_seen(const std::string& text) {
  std::vector<Seen> seen;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto fields = split(line, '\t', 4);
    seen.push_back({std::stoi(fields.at(0)), std::stoll(fields.at(1)), fields.at(2), fields.at(3)});
  }
  std::sort(seen.begin(), seen.end());
  return seen;
}

std::string java(std::vector<std::string> arguments, const std::string& input = {}) {
  Command command;
  command.arguments = {"java", "-XX:TieredStopAtLevel=1",    "-Dlog4j2.level=ERROR",
                       "-cp",  kafka_jars().string() + "/*", SOURCE_DIR "/tests/interop/JavaClient.java"};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  const Output output = run(command, input, 300s);
  if (output.exit_code != 0) throw std::runtime_error(output.text());
  return output.out;
}

std::string kcat(std::vector<std::string> arguments, const std::string& input = {}) {
  arguments.insert(arguments.begin(), {"kcat", "-q", "-b", shared_broker().bootstrap()});
  const Output output = run({arguments, {}, {}, {}, {}}, input);
  if (output.exit_code != 0) throw std::runtime_error(output.text());
  return output.out;
}

/// A format of keys, and each client's words for it.
struct KeyFormat {
  std::string name;
  std::string kcat;  ///< unpacking, as kcat's -s has it
  [[nodiscard]] std::string key(std::int64_t id) const { return name == "int64" ? int64_key(id) : std::to_string(id); }
};

class Interop : public testing::TestWithParam<KeyFormat> {
 protected:
  void SetUp() override {
    create_topics(bootstrap_, daemon_, partitions);
    daemon_.start_and_await();
    write_file(daemon_.folder() / "batch.ndjson", batch_of_orders(count));
    for (const auto& order : daemon_.ctl_lines({"-q", "order", "create", "--batch", "batch.ndjson"})) {
      ids_.push_back(order.at("orderId"));
      created_[ids_.back()] = order;
    }
    ASSERT_EQ(created_.size(), count);
  }

  std::vector<Seen> read_by_java(const std::string& topic) {
    return parse_seen(java({"consume", bootstrap_, topic, GetParam().name}));
  }
  std::vector<Seen> read_by_kcat(const std::string& topic) {
    std::vector<std::string> command = {
        "-C", "-t", topic, "-o", "beginning", "-e", "-X", "isolation.level=read_committed", "-f", "%p\t%o\t%k\t%s\n"};
    if (!GetParam().kcat.empty()) command.insert(command.end(), {"-s", "key=" + GetParam().kcat});
    return parse_seen(kcat(command));
  }

  void write_by_kcat(const std::string& topic, const std::string& status) {
    // Keys of eight bytes hold any byte; these delimiters they do not hold.
    std::string input;
    for (const auto id : ids_) input += GetParam().key(id) + "=KEY=" + answer_json(id, status) + "=END=";
    kcat({"-P", "-t", topic, "-K", "=KEY=", "-D", "=END=", "-X", "topic.partitioner=murmur2_random"}, input);
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  Daemon daemon_{"interop",
                 {{"kafka.bootstrap_servers", bootstrap_},
                  {"topics.key_format", GetParam().name},
                  {"join.window", "PT10M"},  // both clients write the time as it is, and one starts after the other
                  {"database.backend", "embedded"}}};
  std::vector<std::int64_t> ids_;
  std::map<std::int64_t, json> created_;
};

TEST_P(Interop, NewOrdersLandWhereTheJavaClientWouldPutThemAndBothClientsReadThem) {
  std::string input;
  for (const auto id : ids_) input += std::to_string(id) + "\n";
  std::map<std::int64_t, std::int32_t> java_choice;
  std::istringstream choices(java({"partition", std::to_string(partitions), GetParam().name}, input));
  for (std::int64_t id = 0, partition = 0; choices >> id >> partition;) {
    java_choice[id] = static_cast<std::int32_t>(partition);
  }
  std::set<std::int32_t> used;
  const auto seen = read_by_java(daemon_.orders());
  ASSERT_EQ(seen.size(), count);
  for (const auto& record : seen) {
    const std::int64_t id = std::stoll(record.key);
    const auto value = json::parse(record.value);
    EXPECT_EQ(value.at("orderId"), id);
    EXPECT_EQ(value.at("status"), "NEW");
    EXPECT_EQ(record.partition, java_choice.at(id));
    EXPECT_EQ(record.partition, created_.at(id).at("partition")) << "what the client was told";
    EXPECT_EQ(record.offset, created_.at(id).at("offset")) << "what the client was told";
    EXPECT_EQ(record.partition, java_partition(GetParam().key(id), partitions));
    used.insert(record.partition);
  }
  EXPECT_GT(used.size(), 2U);
  EXPECT_EQ(read_by_kcat(daemon_.orders()), seen);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_P(Interop, AnswersOfTheJavaClientAndOfKcatJoin) {
  std::string answers;
  for (const auto id : ids_) {
    answers += std::to_string(id) + "\t" + answer_json(id, id % 3 == 0 ? "REJECT" : "ACCEPT") + "\n";
  }
  const auto sent = parse_seen(java({"produce", bootstrap_, daemon_.payments(), GetParam().name}, answers));
  ASSERT_EQ(sent.size(), count);
  write_by_kcat(daemon_.stock(), "ACCEPT");
  ResultFollower(bootstrap_, daemon_.orders()).await(count, 60s);

  const auto records = results_only(read_topic(bootstrap_, daemon_.orders()));
  ASSERT_EQ(records.size(), count);
  for (const auto& record : records) {
    const auto value = json::parse(record.value.value());
    const std::int64_t id = value.at("orderId");
    EXPECT_EQ(record.key, GetParam().key(id));
    EXPECT_EQ(record.partition, java_partition(GetParam().key(id), partitions));
    EXPECT_EQ(value.at("status"), id % 3 == 0 ? "ROLLBACK" : "CONFIRMED");
    EXPECT_EQ(value.at("source"), id % 3 == 0 ? json("PAYMENT") : json(nullptr));
  }
  const auto seen = read_by_java(daemon_.orders());
  EXPECT_EQ(seen.size(), 2 * count) << "each order's NEW and its result";
  EXPECT_EQ(read_by_kcat(daemon_.orders()), seen);
  EXPECT_TRUE(read_topic(bootstrap_, daemon_.dead_letters()).empty());
  ASSERT_TRUE(wait_until(30s, [&] {
    return daemon_.get("/api/orders/counts").value_or(json{{"counts", {{"NEW", 1}}}}).at("counts").value("NEW", 0) == 0;
  }));
  EXPECT_EQ(daemon_.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Keys, Interop, testing::Values(KeyFormat{"int64", "q"}, KeyFormat{"string", ""}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace orders::test
