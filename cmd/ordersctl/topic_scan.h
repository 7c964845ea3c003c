// Records of some partitions, from a time on to the end as it was at the start, one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "kafka/consumer.h"

namespace orders::ctl {

struct ScanRange {
  kafka::TopicPartition at;
  std::int64_t begin = 0;
  std::int64_t end = 0;  ///< not read any more
};

/// How many offsets that is; markers of transactions and what compaction took away count, too.
[[nodiscard]] std::uint64_t offsets_in(const std::vector<ScanRange>& ranges);

/// From the first record that is not older than `since` (or offset_beginning as a time) to the last committed one.
/// `wait` when the broker is away.
[[nodiscard]] Result<std::vector<ScanRange>> ranges_since(const kafka::Consumer& consumer,
                                                          const std::vector<kafka::TopicPartition>& partitions,
                                                          Timestamp since, Milliseconds timeout);

struct ScanOptions {
  std::string what;  ///< for people: "offsets of the inputs"
  Milliseconds timeout{0};
  bool quiet = false;
};

/// Reads with a consumer that was made without a group and is not used for anything else meanwhile; it keeps one fetch
/// in memory. The partitions come in any order, the records of each in theirs. Shows progress on standard error. Fails
/// with `wait` after the timeout, and where Ctrl-C came, with how far it has come.
[[nodiscard]] Result<> scan(kafka::Consumer& consumer, const std::vector<ScanRange>& ranges,
                            const ScanOptions& options, const std::function<void(const kafka::Record&)>& visit);

}  // namespace orders::ctl
