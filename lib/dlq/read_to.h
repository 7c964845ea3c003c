// Inside this module only: topics read up to an end that was asked for before.
#pragma once

#include <span>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "kafka/consumer.h"

namespace orders::dlq {

/// Where each partition of `topic` ends for `consumer`: the end of what was committed, or the very end if it reads
/// uncommitted records.
[[nodiscard]] Result<std::vector<kafka::PartitionOffset>> ends_of(const kafka::Consumer& consumer,
                                                                  const std::string& topic, std::int32_t partitions,
                                                                  Milliseconds timeout);

/// Hands on what `consumer`, assigned to these partitions, reads until it has reached all `ends`, or `take` says no.
/// Records behind the ends may be among them. `wait` when a partition does not get on for `patience`.
[[nodiscard]] Result<> read_to(kafka::Consumer& consumer, std::span<const kafka::PartitionOffset> ends,
                               Milliseconds patience, FunctionRef<bool(const kafka::Record&)> take);

}  // namespace orders::dlq
