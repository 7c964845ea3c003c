// Asks for the partitions' ends from a thread of its own: for the lag, and against the fetch stall.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "kafka/consumer.h"

namespace orders::topology {

/// librdkafka 2.0.2 looks at a full pre-fetch queue again only after up to a second unless a request wakes the broker's
/// thread; a query for a partition's end is such a request. While a backlog is read one goes out every 10 ms, else
/// every half a second. The consumer must outlive it and keep its assignment.
class EndWatch {
 public:
  EndWatch(const kafka::Consumer& consumer, std::vector<kafka::TopicPartition> partitions);
  EndWatch(const EndWatch&) = delete;
  EndWatch& operator=(const EndWatch&) = delete;
  ~EndWatch();

  void set_backlog(bool backlog) { backlog_.store(backlog, std::memory_order_relaxed); }
  /// The end last heard of, -1 before the first answer.
  [[nodiscard]] std::int64_t end(const kafka::TopicPartition& partition) const;
  /// Why the ends can't be asked for; empty when they can, or when it has not been so for a second yet.
  [[nodiscard]] std::string trouble() const;

 private:
  void run(const std::stop_token& stop);
  void ask(std::size_t i);

  const kafka::Consumer& consumer_;
  const std::vector<kafka::TopicPartition> partitions_;
  std::vector<std::atomic<std::int64_t>> ends_;
  std::atomic<bool> backlog_ = false;
  std::chrono::steady_clock::time_point answered_ = std::chrono::steady_clock::now();  ///< the thread's alone
  mutable std::mutex mutex_;
  std::string trouble_;
  std::jthread thread_;
};

}  // namespace orders::topology
