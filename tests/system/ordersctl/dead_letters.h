// Dead letters written by hand, and what became of them.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "support/saga.h"

namespace orders::test {

inline constexpr std::int64_t dead_letters_base = 1'700'000'000'000;

/// One of the join's, of a record with this mark, which no other has; its offset is the order's id.
struct DeadLetter {
  std::string topic;
  std::int64_t id = 0;
  std::string reason = "invalid_value";
  std::string mark;
  std::string value{};  ///< empty: an answer with the mark
  int attempt = 1;
};

inline LogWriter::Record to_record(const Daemon& daemon, const DeadLetter& letter) {
  std::string partition, offset, timestamp;
  append_be32(partition, 0);
  append_be64(offset, static_cast<std::uint64_t>(letter.id));
  append_be64(timestamp, static_cast<std::uint64_t>(dead_letters_base));
  return {daemon.dead_letters(),
          -1,
          int64_key(letter.id),
          letter.value.empty() ? answer_json(letter.id, "ACCEPT", letter.mark) : letter.value,
          dead_letters_base + 1'000,
          {{"trace", "kept"},
           {"kafka_dlt-exception-fqcn", "orders.failure.Late"},
           {"kafka_dlt-exception-message", "why"},
           {"kafka_dlt-original-topic", letter.topic},
           {"kafka_dlt-original-partition", partition},
           {"kafka_dlt-original-offset", offset},
           {"kafka_dlt-original-timestamp", timestamp},
           {"kafka_dlt-original-timestamp-type", "CreateTime"},
           {"orders-reason", letter.reason},
           {"orders-attempt", std::to_string(letter.attempt)},
           {"orders-application", daemon.setting("application_id")},
           {"orders-instance", "one"},
           {"orders-origin", "join"},
           {"orders-time", "2023-11-14T22:13:21.000Z"}}};
}

inline void write(const std::string& bootstrap, const Daemon& daemon, const std::vector<DeadLetter>& letters) {
  LogWriter writer(bootstrap);
  for (const auto& letter : letters) writer.write(to_record(daemon, letter));
  writer.flush();
}

/// How often each mark stands on the topic.
inline std::map<std::string, int> marks_on(const std::string& bootstrap, const std::string& topic) {
  std::map<std::string, int> marks;
  for (const auto& record : read_topic(bootstrap, topic)) {
    ++marks[nlohmann::json::parse(record.value.value()).at("mark").get<std::string>()];
  }
  return marks;
}

/// {"letters":…,"drained":…,"groups":[…]}
inline nlohmann::json listed(const Daemon& daemon) { return daemon.ctl_json({"dlq", "list"}); }

inline Output drain(const Daemon& daemon, const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"--output", "json", "dlq", "drain", "--execute"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return daemon.ctl(all);
}

}  // namespace orders::test
