// What waits in a join that is stopped: from what it has committed and its inputs' log, without its buffer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "replay/record.h"
#include "topology/task.h"

namespace orders::replay {

struct WaitingRecords {
  std::vector<Record> records;  ///< as they stand on their inputs: payments, then stock, each by timestamp
  /// Those that lie further behind their own side's stream time than the retention. A join whose store counts its own
  /// side's time, as Kafka Streams' do, has forgotten such records.
  std::uint64_t behind = 0;
};

/// Reads what a rebuild of the partition reads, and keeps only its buffer in memory. `next`: the records of both inputs
/// from where the rebuild begins (the metadata says, and must be there on both sides) to the committed offsets, each
/// side's in its own order; nothing: no more. Fails with its error, and as Task::restore() and finish_phase() do.
[[nodiscard]] Result<WaitingRecords> waiting_records(const topology::TaskOptions& options, std::int32_t partition,
                                                     const std::array<topology::Committed, 2>& committed,
                                                     FunctionRef<Result<std::optional<Record>>()> next);

}  // namespace orders::replay
