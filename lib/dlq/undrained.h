// How many dead letters are left, counted as they come and go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "base/wakeup.h"
#include "config/config.h"
#include "kafka/topic_reader.h"
#include "kafka/types.h"

namespace orders::dlq {

/// One thread. The first look reads both topics from their beginning, later ones what has come since. Holds a number
/// for each letter and each mark that it has read, some fifty bytes, and so gives up beyond `most` of them.
class Undrained {
 public:
  Undrained(kafka::Connection connection, const config::Topics& topics, std::size_t most = 1'000'000);

  /// Letters that are not marked as drained, each once however often it was written; nothing when `go_on`, which is
  /// asked again and again, has said no, and when there are too many. `not_found` while there is no dead-letter topic.
  /// After an error the next look goes on from what was read.
  [[nodiscard]] Result<std::optional<std::uint64_t>> look(FunctionRef<bool()> go_on);

 private:
  struct Place {
    std::int64_t low = 0;   ///< the first offset that was there
    std::int64_t next = 0;  ///< still to be read
  };
  [[nodiscard]] Result<std::optional<std::uint64_t>> count(FunctionRef<bool()> go_on);
  [[nodiscard]] Result<> find_partitions();
  [[nodiscard]] Result<std::vector<kafka::OffsetRange>> find_new(const kafka::TopicReader& reader);
  [[nodiscard]] bool is_new_log(const std::vector<kafka::OffsetRange>& whole) const;
  [[nodiscard]] Result<bool> read(std::vector<kafka::OffsetRange> ranges, FunctionRef<bool()> go_on);
  void take(const kafka::Record& record);
  void forget();

  const kafka::Connection connection_;
  const std::string letters_topic_;
  const std::string marks_topic_;
  const std::size_t most_;
  Wakeup wakeup_;
  std::optional<kafka::TopicReader> reader_;       ///< that has not read yet
  std::vector<kafka::TopicPartition> partitions_;  ///< of both topics
  int looks_ = 0;                                  ///< since they were asked for
  std::map<kafka::TopicPartition, Place> places_;
  // By the hash of their identity: two letters share one in a million millions.
  std::unordered_set<std::uint64_t> undrained_;
  std::unordered_set<std::uint64_t> drained_;
  bool too_many_ = false;
};

}  // namespace orders::dlq
