// What the join tells of itself, for `status`, health and metrics.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error_counts.h"
#include "base/histogram.h"
#include "base/time.h"
#include "failure/dead_letter.h"
#include "join/settings.h"

namespace orders::topology {

/// I5: every record read has one fate; what still waits is a gauge.
/// read + carried = joined + unmatched + late + duplicate + invalid + skipped + waiting
struct RecordFates {
  std::uint64_t read = 0;
  std::uint64_t joined = 0, unmatched = 0, late = 0, duplicate = 0, invalid = 0, skipped = 0;
  /// Records that waited when their task was taken over (rebuilt), less those that waited when one was given up.
  std::int64_t carried = 0;

  RecordFates& operator+=(const RecordFates& more);
};

/// Of both sides together, and of each.
struct Fates : RecordFates {
  std::uint64_t results = 0;  ///< pairs: one record may have several
  /// Of those, not published: the broker refuses it, or it is none of its stock record. That is dead-lettered instead.
  std::uint64_t refused = 0;
  std::uint64_t letters_dropped = 0;  ///< dead letters that the broker refuses even without their value
  std::array<RecordFates, 2> sides{};  ///< by join::Side

  Fates& operator+=(const Fates& more);
  /// What is of both sides, from `sides`.
  void add_up();
};

/// Of each result that was published: from its timestamp, the higher of its two answers', to the moment when its commit
/// was known to have succeeded. A backlog shows its age; an answer from the future, for clocks differ, counts as 0.
struct Latency {
  static constexpr Milliseconds window{60'000};
  Histogram recent;  ///< of those committed within the window
  Histogram total;   ///< since the process started

  Latency& operator+=(const Latency& more);
};

/// What has been committed, since the process started. None of it ever falls, save `carried`; what is under way, and
/// may have to be done again, is not in it.
struct Totals {
  Fates fates;
  std::array<Histogram, 2> lateness{};  ///< by join::Side: of late records, how far behind their side's stream time
  failure::LetterCounts letters{};
  FineHistogram transactions;  ///< from their opening to their commit
  FineHistogram commits;       ///< from the sending of the offsets on
  ErrorCounts retries;         ///< calls that failed

  Totals& operator+=(const Totals& more);
};

struct TaskStatus {
  std::int32_t partition = 0;
  enum class State : std::uint8_t { rebuilding, running, stopped } state = State::rebuilding;
  std::string reason;  ///< of stopped: what is missing, and what to do
  struct Side {
    std::int64_t next_offset = 0;
    std::int64_t end = -1;  ///< last known; -1: not yet
    std::optional<Timestamp> stream_time;
    std::uint64_t waiting = 0;
    std::optional<Timestamp> oldest_waiting;
  } payment, stock;
  std::uint64_t buffer_bytes = 0;
  bool on_disk = false;  ///< where the records wait
  struct Rebuild {
    std::int64_t done = 0, of = 0;  ///< offsets of both sides
    [[nodiscard]] std::int64_t left() const { return std::max<std::int64_t>(of - done, 0); }
  };
  std::optional<Rebuild> rebuild = {};  ///< while rebuilding
};

struct WorkerStatus {
  enum class State : std::uint8_t {
    starting,
    rebalancing,
    rebuilding,
    running,
    degraded,
    stopped
  } state = State::starting;
  std::string name;    ///< its group.instance.id
  std::string reason;  ///< of degraded or stopped
  std::uint64_t commits = 0, aborts = 0, recreated = 0;
  std::optional<Timestamp> last_commit;
  struct Failure {
    Timestamp at;
    std::string message;
  };
  std::optional<Failure> last_error;  ///< a call that failed or a reason, though it may have been overcome since
  std::vector<TaskStatus> tasks;
};

struct Status {
  Fates fates;                 ///< since the process started
  Latency latency;
  Totals totals;
  std::uint64_t rebuilds = 0;  ///< buffers on disk that were damaged and set aside
  std::vector<WorkerStatus> workers;
};

[[nodiscard]] std::string_view to_string(WorkerStatus::State state);
[[nodiscard]] std::string_view to_string(TaskStatus::State state);

}  // namespace orders::topology
