// Starts the workers once the topics are fit, replaces those that break, and says when the process has to end.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded_thread.h"
#include "base/result.h"
#include "config/config.h"
#include "kafka/types.h"
#include "rocks/store.h"
#include "topology/run_marker.h"
#include "topology/status.h"
#include "topology/waiting.h"
#include "topology/worker.h"

namespace orders::topology {

class Supervisor {
 public:
  /// `failed` is called from a thread of the supervisor's, at most once, when the join can't go on: class `fenced`,
  /// what is wrong with the topics, or whatever a worker could not overcome.
  /// `memory`: RocksDB's, shared with the table.
  Supervisor(const config::Config& config, const kafka::Connection& connection, std::shared_ptr<rocks::Memory> memory,
             std::function<void(const Error&)> failed);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();  ///< stops

  /// Finishes the units of work, commits, leaves. Idempotent.
  void stop();
  /// Any thread.
  [[nodiscard]] Status status() const;
  /// What waits for a partner in this instance's partitions. Any thread; waits for the workers, two seconds at the
  /// most. `wait`, with the name of the one that is busy, or while there are none yet.
  [[nodiscard]] Result<WaitingPage> waiting(const WaitingQuery& query) const;

 private:
  [[nodiscard]] Result<> run(const std::stop_token& stop);
  [[nodiscard]] Result<> await_topics(const std::stop_token& stop);
  [[nodiscard]] Result<> check_topics();
  [[nodiscard]] bool await_joins(const std::stop_token& stop) const;
  [[nodiscard]] WorkerOptions options_of(std::size_t number);
  [[nodiscard]] Result<> run_worker(std::size_t number, const std::stop_token& stop);
  void retire(std::size_t number);
  void give_up(const Error& error);

  const config::Config& config_;
  const kafka::Connection connection_;
  const std::shared_ptr<rocks::Memory> memory_;
  const std::function<void(const Error&)> failed_;
  std::once_flag failed_once_;

  std::int32_t partitions_ = 0;  ///< known before the workers start, as are the two below
  std::string cluster_id_;
  RunMarker marker_;
  std::atomic<bool> gathering_ = false;      ///< the workers are coming into the group: the first, then all others
  std::atomic<std::uint64_t> rebuilds_ = 0;  ///< of buffers on disk; outlives the workers, which count it

  mutable std::mutex mutex_;
  std::string preflight_;                         ///< why the workers have not been started yet
  std::vector<std::shared_ptr<Worker>> workers_;  ///< shared with status(), which may outlast a replaced one
  Fates past_;                                    ///< of workers that were replaced
  Latency past_latency_;                          ///< of theirs, only the total
  Totals past_totals_;                            ///< theirs
  std::vector<GuardedThread> threads_;            ///< the workers'; of the supervisor's thread, until that has ended
  GuardedThread thread_;
};

}  // namespace orders::topology
