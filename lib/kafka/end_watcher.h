// Where the partitions end, asked for again and again beside the thread that reads them.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "base/guarded_thread.h"
#include "base/wakeup.h"
#include "kafka/consumer.h"

namespace orders::kafka {

/// Owns a thread. The consumer must outlive it. While a backlog is read its questions also wake librdkafka's broker
/// threads, which otherwise sleep for up to a second when a small queue has been full (fetch.queue.backoff.ms is not in
/// 2.0.2; measured: a factor of up to twenty).
class EndWatcher {
 public:
  EndWatcher(const Consumer& consumer, std::vector<TopicPartition> partitions);
  ~EndWatcher();
  EndWatcher(const EndWatcher&) = delete;
  EndWatcher& operator=(const EndWatcher&) = delete;

  /// What was taken from the queues since the last call, and whether something was left there. Much, or something left,
  /// is a backlog: then one question every 10 ms, otherwise all partitions once a second.
  void took(std::size_t records, std::size_t bytes, bool left = false);
  /// The end of a partition; -1: not known.
  [[nodiscard]] std::int64_t end(const TopicPartition& partition) const;
  /// Set once the broker has not answered for three seconds: the first error of that time.
  [[nodiscard]] std::optional<Error> error() const;
  /// Fails with `bug` once its thread has been given up (GuardedThread): whoever owns it is to begin anew.
  [[nodiscard]] Result<> check() const;

 private:
  [[nodiscard]] Result<> run();
  void ask(std::size_t index);

  const Consumer& consumer_;
  const std::vector<TopicPartition> partitions_;
  mutable std::mutex mutex_;
  std::vector<std::int64_t> ends_;
  std::optional<Error> error_;
  std::chrono::steady_clock::time_point last_answer_ = std::chrono::steady_clock::now();
  std::atomic<bool> stopping_{false};
  std::atomic<bool> backlog_{true};
  std::atomic<bool> idle_{false};  ///< the thread waits for the next second, or is about to
  std::atomic<bool> given_up_{false};
  Wakeup wakeup_;
  GuardedThread thread_;
};

}  // namespace orders::kafka
