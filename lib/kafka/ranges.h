// Ranges of a topic's records, as people name them: from here to there, by time, by offset, or all of it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kafka/consumer.h"
#include "kafka/types.h"

namespace orders::kafka {

/// A place in every partition.
struct Mark {
  enum class Kind : std::uint8_t { earliest, latest, offset, time };
  Kind kind = Kind::earliest;
  std::int64_t offset = 0;  ///< of kind offset
  Timestamp time;           ///< of kind time: the first record that is not older, as Kafka finds it
  friend bool operator==(const Mark&, const Mark&) = default;
};

/// "earliest", "latest", an offset ("1042"), a time ("2026-01-31T12:00:00Z", "2026-01-31T13:00:00.250+01:00",
/// "2026-01-31": in UTC where no zone is given), or one before `now` ("-15m", "-PT1H"). Fails with `invalid`.
[[nodiscard]] Result<Mark> parse_mark(std::string_view text, Timestamp now);

/// From the record at `from` on, up to but not including the one at `to`.
struct Range {
  Mark from{Mark::Kind::earliest, 0, {}};
  Mark to{Mark::Kind::latest, 0, {}};
};

/// Offsets [begin, end) of a partition; some of them may be no records (compacted, or a transaction's markers).
struct OffsetRange {
  TopicPartition at;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t gone = 0;  ///< offsets before `begin` that were asked for, and are not in the topic any more
  [[nodiscard]] std::int64_t size() const { return end - begin; }
  friend bool operator==(const OffsetRange&, const OffsetRange&) = default;
};

/// What a range holds now, never beyond what the consumer, by its isolation, can reach; in the order of `partitions`.
/// `timeout`: of each question to the broker.
[[nodiscard]] Result<std::vector<OffsetRange>> resolve(const Consumer& consumer,
                                                       std::span<const TopicPartition> partitions, const Range& range,
                                                       Milliseconds timeout);

}  // namespace orders::kafka
