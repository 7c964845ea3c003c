// One task: a partition number of both inputs, from raw records to results, dead letters and committable offsets.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "config/config.h"
#include "failure/dead_letter.h"
#include "join/engine.h"
#include "kafka/types.h"
#include "order/document.h"
#include "topology/checkpoints.h"
#include "topology/commit_metadata.h"
#include "topology/outputs.h"
#include "topology/source_record.h"
#include "topology/status.h"
#include "topology/task_buffer.h"
#include "topology/waiting.h"

namespace orders::topology {

using join::Side;
using order::OrderId;

struct TaskOptions {
  config::Topics topics;
  FateSettings settings;
  config::Disposition late = config::Disposition::dead_letter;
  config::Disposition unmatched = config::Disposition::dead_letter;
  std::uint64_t record_limit = 1ull << 20;
  failure::Origin origin;
  BufferOptions buffer;
  /// The date of a dead letter, from its record's timestamp: the clock's, or in `replay local` the record's.
  std::function<Timestamp(Timestamp)> dead_letter_time = [](Timestamp) { return wall_clock_now(); };
};

/// What was committed for one side of a task.
struct Committed {
  std::int64_t offset = 0;
  std::optional<CommitMetadata> metadata;
  Checkpoint cold_from;  ///< where to begin when there is no metadata (looked up by time)
  std::int64_t log_start = 0;
};

/// One thread. The life of a task: restore(), then records through process() — first those of the rebuild, which
/// produce nothing, then new ones.
class Task {
 public:
  Task(std::int32_t partition, const TaskOptions& options);
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  /// Leaves on disk what was committed last, so that the next one need not read it again.
  ~Task();

  /// Opens the buffer. True: what it holds is enough to go on from there, and `from` need not be in the log any more.
  /// `wait` while the disk can't be used. restore() asks by itself.
  [[nodiscard]] Result<bool> resumes(const std::array<Committed, 2>& committed);
  /// Plans the rebuild. `invalid` when the settings changed a second time before the first change was passed.
  [[nodiscard]] Result<> restore(const std::array<Committed, 2>& committed);

  /// The next offset to be read of a side.
  [[nodiscard]] std::int64_t next_offset(Side side) const { return here(side).next_offset; }
  [[nodiscard]] bool rebuilding() const { return !phases_.empty(); }
  /// The rebuild wants no more of this side until the other one has come as far.
  [[nodiscard]] bool held(Side side) const { return here(side).next_offset >= here(side).limit; }
  /// The next thing to be read of `side` stands at `offset` (a record, or the end): what lies between are control
  /// records. Call it before held() and positions().
  void skip_to(Side side, std::int64_t offset);
  /// Both sides are held: goes on to the next phase of the rebuild, or ends it. `gap` when what was read is not what
  /// was committed: the task may not go on.
  [[nodiscard]] Result<> finish_phase();

  /// A hint: a record with this key comes soon.
  void expect(const std::optional<std::string_view>& key);
  void process(Side side, const SourceRecord& record, Outputs& outputs);
  /// Whether process() tells the log, at debug, what becomes of each record; until the next call.
  void follow(bool on) { following_ = on; }

  /// Both inputs' offsets with metadata, as they are to be committed now.
  [[nodiscard]] std::vector<kafka::PartitionOffset> positions();
  /// What positions() said has been committed.
  void committed();
  /// For the totals, when the task is given up: what was committed of it, whatever it has done since.
  [[nodiscard]] Fates given_up() const;

  [[nodiscard]] std::int32_t partition() const { return partition_; }
  [[nodiscard]] Fates fates() const;
  /// Of what was committed.
  [[nodiscard]] const Fates& committed_fates() const { return committed_fates_; }
  [[nodiscard]] TaskStatus status();
  [[nodiscard]] const std::string& topic(Side side) const;
  [[nodiscard]] std::uint64_t buffer_bytes() { return buffer_.get().bytes(); }
  /// Closes it as a process that dies does; nothing may be called after that.
  void abandon_buffer() { buffer_.abandon(); }
  void set_memory(std::uint64_t bytes) { buffer_.set_memory(bytes); }
  [[nodiscard]] bool on_disk() const { return buffer_.on_disk(); }
  /// What the buffer holds back should be committed and written.
  [[nodiscard]] bool wants_commit() const { return !rebuilding() && buffer_.is_heavy(); }
  /// The disk has failed: the task must be given up with everything since its last commit.
  [[nodiscard]] const Error* trouble() const { return buffer_.trouble(); }
  /// Why the buffer, larger than its memory, could not be moved to the disk; null: it could, or need not.
  [[nodiscard]] const Error* take_over_error() const { return buffer_.take_over_error(); }
  /// It is time to try that again, which the next commit does.
  [[nodiscard]] bool retries_take_over() const {
    return take_over_error() != nullptr && !rebuilding() && buffer_.wants_room();
  }
  [[nodiscard]] std::optional<Timestamp> stream_time(Side side) const { return engine_.stream_time(side); }
  /// Records of a side that wait for a partner.
  [[nodiscard]] std::uint64_t waiting(Side side) const { return engine_.buffer().waiting(side); }
  /// Visits those, oldest first, until `visit` returns false.
  void each_waiting(Side side, FunctionRef<bool(const join::Entry&)> visit) {
    buffer_.get().each_waiting(side, {}, visit);
  }
  /// Appends those that the query asks for, of each side one more than its limit. Void if trouble() says so then.
  void add_waiting(const WaitingQuery& query, std::vector<WaitingRecord>& records);

 private:
  struct SideState {
    std::int64_t next_offset = 0;
    std::int64_t rebuilt_from = 0;
    std::int64_t limit = 0;  ///< of the rebuild's phase; past all offsets when live
    std::optional<Checkpoints> checkpoints;
  };
  /// A stretch of the log that is read again under one set of settings.
  struct Phase {
    std::array<std::int64_t, 2> limits;
    FateSettings settings;
  };
  /// The last change of settings, until has_passed(): rebuilds begin where they began before it.
  struct PendingChange {
    std::array<RebuildStart, 2> start;
    std::array<Checkpoint, 2> at;
    FateSettings before;
  };
  struct Emit;

  [[nodiscard]] RecordFates& counted(Side side) { return counted_.sides[static_cast<std::size_t>(side)]; }
  [[nodiscard]] SideState& here(Side side) { return sides_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const SideState& here(Side side) const { return sides_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] Result<> check_rebuilt() const;
  [[nodiscard]] Result<> plan_change(const std::array<Committed, 2>& committed);
  void begin_phase();
  void end_rebuild();
  [[nodiscard]] const Checkpoint* needed_of(Side side);
  [[nodiscard]] bool has_passed(const PendingChange& change);
  [[nodiscard]] const std::array<RebuildStart, 2>& rebuild_starts();
  [[nodiscard]] Checkpoint position(Side side) const;
  [[nodiscard]] TaskStatus::Rebuild rebuild_progress() const;
  [[nodiscard]] BufferIdentity buffer_identity() const;
  [[nodiscard]] std::string disk_position() const;
  void write_buffer(bool now = false);

  struct Refusal {
    failure::Reason reason;
    std::string message;
  };
  [[nodiscard]] tl::expected<order::Answer, Refusal> decode(Side side, const SourceRecord& record);
  void dead_letter(Side side, const SourceRecord& record, const Refusal& refusal, Outputs& outputs);
  void late(Side side, const SourceRecord& record, order::OrderId id, Outputs& outputs);
  [[nodiscard]] std::array<std::uint64_t, 2> waiting() const;
  void tell(Side side, OrderId key, std::int64_t record_offset, std::string_view what) const;

  const std::int32_t partition_;
  const TaskOptions& options_;
  order::Parser parser_;
  TaskBuffer buffer_;
  join::Engine engine_;
  std::array<SideState, 2> sides_;
  std::array<RebuildStart, 2> starts_;           ///< as told last, by us or by who committed before us
  std::vector<Phase> phases_;                    ///< still to be done, the current one first
  std::optional<FateSettings> settings_before_;  ///< the committed ones, where the configured ones differ
  std::optional<PendingChange> change_;
  std::optional<Result<bool>> resumes_;  ///< as answered
  std::optional<DiskPosition> resume_;   ///< where the buffer on disk stands
  /// The stream times that the metadata has, when it is there: a rebuild must come to the same.
  std::optional<std::array<std::optional<Timestamp>, 2>> committed_times_;
  std::array<std::int64_t, 2> committed_offsets_{-1, -1};
  bool following_ = false;
  std::size_t since_written_ = 0;  ///< records of the rebuild since it looked whether to write

  Fates counted_;  ///< by side read, invalid, skipped and carried; refused; the engine counts the rest
  Fates committed_fates_;
  std::array<std::uint64_t, 2> committed_waiting_{};  ///< by side
};

}  // namespace orders::topology
