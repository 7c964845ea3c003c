// What the tests of `replay capture` and `replay topics` share: an application's topics, and records of every kind.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "support/daemon.h"
#include "support/kafka_broker.h"
#include "support/log.h"
#include "support/saga.h"

namespace orders::test {

/// Everything of a record but its place among others.
using Content = std::tuple<std::optional<std::string>, std::optional<std::string>,
                           std::vector<std::pair<std::string, std::optional<std::string>>>, std::int64_t>;
/// By partition, in its order.
using Contents = std::map<std::int32_t, std::vector<Content>>;

[[nodiscard]] inline Contents contents_of(const std::string& bootstrap, const std::string& topic) {
  Contents contents;
  for (auto& record : read_topic(bootstrap, topic))
    contents[record.partition].emplace_back(record.key, record.value, record.headers, record.timestamp);
  return contents;
}

[[nodiscard]] inline std::size_t count_of(const Contents& contents) {
  std::size_t count = 0;
  for (const auto& [partition, records] : contents) count += records.size();
  return count;
}

/// An installation whose daemon does not run, with topics of its own on the shared broker.
class Replaying : public testing::Test {
 protected:
  static constexpr int partitions = 3;

  /// Of the first record; an hour ago, so that nobody deletes or refuses it.
  [[nodiscard]] static std::int64_t base_time() {
    static const auto base = std::chrono::duration_cast<std::chrono::milliseconds>(
                                 (std::chrono::system_clock::now() - std::chrono::hours{1}).time_since_epoch())
                                 .count();
    return base;
  }

  Replaying() { create_topics(bootstrap_, daemon_, partitions); }

  [[nodiscard]] std::string both_inputs_below(const std::string& prefix) const {
    for (const auto& topic : {daemon_.payments(), daemon_.stock()})
      create_topic(bootstrap_, prefix + topic, partitions);
    return prefix;
  }

  /// So many answers of each side, one every 10 ms, the stock's 3 ms behind the payment's.
  void write_answers(int count) const {
    LogWriter writer(bootstrap_);
    for (int id = 1; id <= count; ++id) {
      const auto time = base_time() + id * 10;
      writer.write(answer(daemon_.payments(), id % partitions, id, "ACCEPT", time));
      writer.write(answer(daemon_.stock(), id % partitions, id, id % 4 == 0 ? "REJECT" : "ACCEPT", time + 3));
    }
    writer.flush();
  }

  /// Records that a capture must write in its other forms, all of the payments' partition 1; their number.
  [[nodiscard]] int write_odd_records() const {
    const std::vector<LogWriter::Record> odd = {
        {daemon_.payments(), 1, std::nullopt, "{}", base_time(), {}},
        {daemon_.payments(), 1, int64_key(5), std::nullopt, base_time() + 1, {}},
        {daemon_.payments(), 1, int64_key(5), "null", base_time() + 2, {}},
        {daemon_.payments(), 1, "odd key", std::string("\xff\0\n", 3), base_time() + 3, {}},
        {daemon_.payments(), 1, "", "", base_time() + 4, {{"empty", ""}, {"none", std::nullopt}}},
        {daemon_.payments(), 1, int64_key(-7), " {\"orderId\": 5}", base_time() + 5, {{"b", "\xfe"}, {"b", "2"}}},
    };
    LogWriter writer(bootstrap_);
    for (const auto& record : odd) writer.write(record);
    writer.flush();
    return static_cast<int>(odd.size());
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (daemon_.folder() / name).string(); }

  /// Both inputs, all that is on them, in a new capture.
  [[nodiscard]] std::string capture(const std::string& name = "all.ndjson") const {
    (void)daemon_.ctl_ok({"replay", "capture", path(name), "--from", "earliest"});
    return path(name);
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  Daemon daemon_{"replay", {{"kafka.bootstrap_servers", bootstrap_}}};
};

}  // namespace orders::test
