// The table against the topic that it is a fold of, order by order.
//
// The topic is read from its beginning to its end of now and folded once more, into scratch stores on disk. Of each
// order they hold where its newest record below the table's positions stands, and 64 bits of a hash of its value: about
// 50 bytes, whatever the values' size. Then table and fold are walked through side by side, in the order of the ids. So
// memory is bounded (two small RocksDB budgets), and each order is told of once.
//
// What lies beyond the table's positions is noted as well, for a topic that is compacted may have lost the very record
// that the table rightly holds, because of one that the table has not read yet. Such rows can't be checked; nor can
// those from before the topic's beginning (cleanup.policy=delete).
//
// The table is opened for reading: beside a running daemon it is as that flushed last, positions included.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "kafka/types.h"
#include "rocks/verify.h"
#include "table/table.h"

namespace orders::state {

struct Comparison {
  std::uint64_t records = 0;    ///< read
  std::uint64_t equal = 0;      ///< rows that are the topic's newest record of their order
  std::uint64_t missing = 0;    ///< orders of the topic that have no row
  std::uint64_t extra = 0;      ///< rows whose order the topic does not have, or has deleted
  std::uint64_t different = 0;  ///< rows of another record than the newest, or of another value
  std::uint64_t unchecked = 0;  ///< rows whose record is gone from the topic, rightly as far as can be told
  rocks::Damages differences;   ///< the first of them, by order

  [[nodiscard]] std::uint64_t wrong() const { return missing + extra + different; }
};

/// Where records end up before they are compared; without Kafka. One thread. Error classes: those of rocks::Store.
class TopicFold {
 public:
  struct Record {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    Timestamp timestamp;
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;  ///< none: a tombstone
  };

  /// `scratch`: an empty folder. `positions`: the table's.
  [[nodiscard]] static Result<TopicFold> create(const std::filesystem::path& scratch,
                                                std::span<const table::TablePosition> positions,
                                                config::KeyFormat key_format);
  /// In the order of the offsets within a partition. Keys that are no order ids are passed over, as the table does.
  [[nodiscard]] Result<> add(const Record& record);
  /// `begins`: where the partitions of the topic begin now.
  [[nodiscard]] Result<Comparison> compare(const table::Table& table,
                                           const std::map<std::int32_t, std::int64_t>& begins);

 private:
  TopicFold(table::Table below, table::Table beyond) : below_(std::move(below)), beyond_(std::move(beyond)) {}
  [[nodiscard]] Result<> write();

  table::Table below_;   ///< of the table's positions: the newest record of each order, a digest as its value
  table::Table beyond_;  ///< the orders that have a record there
  table::TableBatch below_batch_, beyond_batch_;
  std::map<std::int32_t, std::int64_t> positions_;
  config::KeyFormat key_format_{};
  std::uint64_t records_ = 0;
};

struct TopicReading {
  kafka::Connection connection;
  std::string topic;
  config::KeyFormat key_format = config::KeyFormat::int64;
  std::filesystem::path scratch;  ///< a folder in it is made, and deleted again
  Milliseconds timeout{30'000};   ///< for an answer of the broker, or the next record
  /// Told how many records of about how many have been read, now and then; false: stop.
  std::function<bool(std::uint64_t records, std::uint64_t of)> go_on;
};

/// `wait` when the broker is away, `gap` for a table of another cluster or topic, `bug` when it was stopped or has no
/// room for the scratch stores.
[[nodiscard]] Result<Comparison> compare_with_topic(const table::Table& table, const TopicReading& reading);

}  // namespace orders::state
