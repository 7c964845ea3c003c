// A worker: one thread that owns a member of the group, a transactional producer and the tasks assigned to it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/inbox.h"
#include "base/result.h"
#include "base/twin_rule.h"
#include "base/wakeup.h"
#include "config/config.h"
#include "kafka/consumer.h"
#include "kafka/end_watcher.h"
#include "topology/run_marker.h"
#include "topology/task.h"
#include "topology/unit_of_work.h"

namespace orders::topology {

struct WorkerOptions {
  std::string name;      ///< group.instance.id; the transactional id is the same, behind the application's
  std::string group_id;  ///< application_id
  kafka::Connection connection;
  config::Stream stream;
  Milliseconds session_timeout{10'000};
  Milliseconds transaction_timeout{10'000};
  std::uint64_t buffer_memory = 128ull << 20;  ///< this worker's share of join.memory
  std::int32_t partitions = 0;                 ///< of each input
  RunMarker* marker = nullptr;                 ///< of all workers
  /// While true more of this process' workers are on their way into the group, and will soon take their part of what is
  /// assigned: nothing is read yet.
  const std::atomic<bool>* gathering = nullptr;
  TaskOptions task;
};

class Worker final : private kafka::RebalanceListener {
 public:
  explicit Worker(WorkerOptions options);
  ~Worker() override;

  /// Works until stopped, then commits and leaves. Fails with `fenced` (a twin), `invalid` (settings that can't be
  /// used) or `bug`; everything else it waits out. Throws what nobody foresaw.
  [[nodiscard]] Result<> run(const std::stop_token& stop);
  /// Its state, and the fates and latency of all its tasks, past and present, at one moment. Any thread.
  struct Report {
    WorkerStatus status;
    Fates fates;
    Latency latency;
    Totals totals;
  };
  [[nodiscard]] Report report() const;
  [[nodiscard]] WorkerStatus::State state() const;  ///< of that only the state
  /// What waits in its tasks. Any thread but its own, which answers between its turns; nothing: not within `timeout`.
  [[nodiscard]] std::optional<WaitingPage> waiting(const WaitingQuery& query, Milliseconds timeout);
  /// After run() has failed or thrown, on its thread: what was committed, for the totals; the tasks are gone, their
  /// buffers on disk as a process that dies leaves them.
  [[nodiscard]] Fates give_up();
  /// Then as well, or on its thread: of all results that it has committed.
  [[nodiscard]] Latency latency() { return unit_.latency(); }
  [[nodiscard]] Totals totals() const;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Lane;     ///< one side of a running task: its queue and the record at its head
  struct Running;  ///< a task with its two lanes
  struct Parked;   ///< a task that was revoked with nothing uncommitted

  [[nodiscard]] Result<> run_once();
  [[nodiscard]] Result<> connect();
  [[nodiscard]] Result<std::size_t> process_available();
  [[nodiscard]] Result<std::size_t> process_some(Running& running);
  [[nodiscard]] Result<bool> fill(Running& running, Side side);
  [[nodiscard]] std::optional<Side> choose(Running& running) const;
  [[nodiscard]] bool is_full(Running& running) const;
  [[nodiscard]] bool commit_due(bool drained) const;
  [[nodiscard]] Milliseconds commit_pause() const;
  [[nodiscard]] Result<> commit(Milliseconds timeout);
  void mark_dirty();
  void mark_committed();
  void forget_trouble();
  void mark_run();
  void retry_disk();
  void wait();
  [[nodiscard]] Result<> handle(const Error& error);
  void reset_consumer();
  void finish();

  void assigned(const std::vector<kafka::TopicPartition>& partitions) override;
  void revoked(const std::vector<kafka::TopicPartition>& partitions, bool lost) override;
  [[nodiscard]] Result<> take_over(const std::vector<kafka::TopicPartition>& partitions);
  [[nodiscard]] Result<> check_counts() const;
  [[nodiscard]] bool has_run_in(std::int32_t partition) const;
  [[nodiscard]] Result<std::unique_ptr<Running>> make_task(std::int32_t partition,
                                                           const kafka::PartitionOffset& payment,
                                                           const kafka::PartitionOffset& stock);
  [[nodiscard]] Result<std::array<Committed, 2>> look_up(const std::array<kafka::PartitionOffset, 2>& offsets,
                                                         Task& task);
  [[nodiscard]] Result<> find_cold_start(const std::array<kafka::PartitionOffset, 2>& offsets,
                                         const std::array<kafka::Watermarks, 2>& marks,
                                         std::array<Committed, 2>& found);
  [[nodiscard]] Result<> start_reading();
  void give_up_tasks();
  void stop_task(std::int32_t partition, std::string reason);

  void set_state(WorkerStatus::State state, std::string reason = {});
  void note_error(const Error& error);
  [[nodiscard]] std::string present_trouble() const;
  void show_trouble();
  void publish(bool now);
  [[nodiscard]] WaitingPage waiting_page(const WaitingQuery& query);

  const WorkerOptions options_;
  Wakeup wakeup_;
  Inbox<WaitingQuery, WaitingPage> inbox_{wakeup_};
  std::optional<kafka::Consumer> consumer_;
  UnitOfWork unit_;
  std::map<std::int32_t, std::unique_ptr<Running>> tasks_;
  std::map<std::int32_t, Parked> parked_;
  std::map<std::int32_t, std::string> stopped_;  ///< partitions with a gap, and why
  std::unique_ptr<kafka::EndWatcher> ends_;      ///< after consumer_: it asks through it
  std::optional<Error> rebalance_error_;

  bool subscribed_ = false;
  bool has_run_ = false;  ///< the group has committed offsets: this application is not new
  std::string trouble_;   ///< the last failure that has not been overcome yet
  bool disk_failed_ = false;  ///< of the buffers on disk; until their folder can be written again

  std::size_t turn_bytes_ = 0;    ///< of the values that process_available() has taken
  std::int32_t first_task_ = -1;  ///< the partition that its last turn began with
  bool dirty_ = false;            ///< something has moved since the last commit
  SteadyTime dirty_since_;
  SteadyTime last_commit_;
  SteadyTime::duration commit_takes_{0};  ///< smoothed
  Backoff backoff_{BackoffPolicy{}};
  SteadyTime retry_at_;

  TwinRule twin_;

  mutable std::mutex mutex_;  ///< of what report() reads
  WorkerStatus status_;
  Fates past_;   ///< of tasks that were given up
  Fates fates_;  ///< past_ and the present ones, as last published
  Latency latency_;
  Totals totals_;
  ErrorCounts retries_;  ///< of its thread, as the one below
  SteadyTime published_;
};

}  // namespace orders::topology
