// From a point in time to the offset from which a side has to be read again.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "topology/commit_metadata.h"

namespace orders::topology {

/// Checkpoints of one side, as its task goes on. All records before a checkpoint are at or below its stream time, so
/// whoever needs everything from time T on may begin at the last checkpoint whose stream time is below T.
class Checkpoints {
 public:
  /// `spacing`: how far the stream time moves between two checkpoints; a rebuild reads that much too much at most.
  Checkpoints(Checkpoint first, Milliseconds spacing) : spacing_(spacing) { list_.push_back(first); }
  /// Those of an earlier life, at least one.
  Checkpoints(const std::vector<Checkpoint>& known, Milliseconds spacing)
      : spacing_(spacing), list_(known.begin(), known.end()) {}

  /// Before the record at `offset` is processed.
  void note(std::int64_t offset, std::optional<Timestamp> stream_time);
  /// The same whatever the spacing: a point from which a rebuild must be able to begin.
  void mark(const Checkpoint& at);
  /// Where to begin for everything from `time` on; forgets what lies before. `time` never goes back. None: everything.
  const Checkpoint& from(std::optional<Timestamp> time);
  [[nodiscard]] std::vector<Checkpoint> all() const { return {list_.begin(), list_.end()}; }
  [[nodiscard]] std::size_t size() const { return list_.size(); }

 private:
  static constexpr std::size_t most_ = 2'048;  ///< then every other one goes: a side that is silent for long

  Milliseconds spacing_;
  std::deque<Checkpoint> list_;
};

/// Everything from this time on is needed of `side` to rebuild a task whose stream times are these (DESIGN: Commit
/// metadata and rebuild). None: everything, because the other side has not begun.
[[nodiscard]] std::optional<Timestamp> needed_from(join::Side side, const join::Settings& settings,
                                                   std::optional<Timestamp> payment_time,
                                                   std::optional<Timestamp> stock_time);

}  // namespace orders::topology
