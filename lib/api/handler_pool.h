// Threads for handlers that may wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace orders::api {

struct Exchange;

/// One thread for each request that runs at the same time, up to a limit; they stay. Any thread.
class HandlerPool {
 public:
  using Work = std::function<void(Exchange&)>;
  /// `name`: of the threads, at most 15 bytes. `waiting`: how many requests may wait for a thread when all are busy.
  HandlerPool(std::string name, std::size_t threads, std::size_t waiting, Work work);
  HandlerPool(const HandlerPool&) = delete;
  HandlerPool& operator=(const HandlerPool&) = delete;
  ~HandlerPool() { stop(); }

  /// False: too many wait already, or it was stopped.
  [[nodiscard]] bool add(Exchange& exchange);
  /// Runs what waits, and ends the threads.
  void stop();

 private:
  void start_thread();
  void run();

  const std::string name_;
  const std::size_t most_threads_, most_waiting_;
  const Work work_;
  std::mutex mutex_;
  std::condition_variable changed_;  ///< `waiting_` has something, or `stopped_`
  std::deque<Exchange*> waiting_;
  std::size_t idle_ = 0;  ///< threads without work
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace orders::api
