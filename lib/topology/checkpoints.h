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
  /// What is needed for everything from `time` on will do: forgets what lies before. None: everything.
  void forget_before(std::optional<Timestamp> time);
  /// Where to begin for everything from `time` on; null when that lies further back than the oldest one. None: at that.
  [[nodiscard]] const Checkpoint* from(std::optional<Timestamp> time) const;
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
/// The same when it is known that none of the other side's records below `other_waits_from` waits (none: none at all):
/// what the buffer holds, and the partners that the records from there on may have had. For a join that remembers no
/// duplicates.
[[nodiscard]] std::optional<Timestamp> needed_from(join::Side side, const join::Settings& settings,
                                                   std::optional<Timestamp> payment_time,
                                                   std::optional<Timestamp> stock_time,
                                                   std::optional<Timestamp> other_waits_from);

}  // namespace orders::topology
