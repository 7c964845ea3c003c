// How far the join has come, as the broker knows it: with a daemon or without.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "kafka/consumer.h"

namespace orders::state {

/// A partition of an input.
struct JoinCommit {
  kafka::TopicPartition at;
  std::optional<std::int64_t> next_offset;  ///< none: nothing was committed
  std::optional<Timestamp> stream_time;     ///< of this side; none: not known, or nothing was read
};

/// What the consumer's group has committed, in the order of `partitions`. Metadata that is not ours (of Kafka Streams,
/// of another tool, of a later version) is left out. Error classes: those of Consumer::committed().
[[nodiscard]] Result<std::vector<JoinCommit>> join_commits(const kafka::Consumer& consumer,
                                                           const std::vector<kafka::TopicPartition>& partitions,
                                                           Milliseconds timeout);

}  // namespace orders::state
