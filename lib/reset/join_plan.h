// What becomes of the join's committed offsets: decided from what was found, without any I/O.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/types.h"
#include "reset/target.h"

namespace orders::reset {

/// One partition of one input, as it was found.
struct Input {
  kafka::TopicPartition at;
  std::int64_t committed = kafka::offset_none;
  std::string metadata;  ///< as it is committed
  kafka::Watermarks marks;
  std::int64_t at_time = -1;  ///< the first offset that is not older than the target's time; -1: none, or not asked
};

/// One task: the same partition of both inputs, payments first.
struct Task {
  std::array<Input, 2> inputs;
  bool committed_before = false;  ///< join.run says that this instance has committed here
  bool buffered = false;          ///< the buffer on disk holds what a rebuild would need, whatever the log has lost
};

struct Situation {
  std::vector<Task> tasks;    ///< by partition
  std::int32_t ran_with = 0;  ///< partitions when the join ran last, by join.run; 0: it does not say
};

struct JoinRequest {
  std::optional<Target> to;
  bool accept_gap = false;
  std::vector<std::int32_t> partitions;  ///< empty: all of them; with accept_gap alone, those that have a gap
  std::string topic;                     ///< only this input's offsets move; empty: both
};

/// A committed offset that is replaced by one without metadata, which is a cold start.
struct Step {
  kafka::TopicPartition at;
  std::int64_t from = kafka::offset_none;
  std::int64_t to = 0;
  kafka::Watermarks marks;
  std::string why;  ///< of a gap: what it is, and which records are lost or come again; empty: it was asked for
};

struct JoinPlan {
  std::vector<Step> steps;
  /// Why join.run has to go: partitions were added or taken away since; empty: it stays.
  std::string forgets_run;
  [[nodiscard]] bool empty() const { return steps.empty() && forgets_run.empty(); }
};

/// `invalid` for partitions, topics and offsets that are not there; `refused` where the number of partitions has
/// changed and that is not accepted.
[[nodiscard]] Result<JoinPlan> plan_join(const Situation& situation, const JoinRequest& request);

}  // namespace orders::reset
