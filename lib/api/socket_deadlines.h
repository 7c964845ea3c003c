// Breaks connections off that take too long. libmicrohttpd's own timeout is for silent ones: a byte now and then would
// hold one for ever.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "api/refusals.h"
#include "base/time.h"

namespace orders::api {

/// Owns a thread. Any thread may call it.
class SocketDeadlines {
 public:
  /// Connections that are broken off are counted there.
  explicit SocketDeadlines(Refusals& refusals);
  SocketDeadlines(const SocketDeadlines&) = delete;
  SocketDeadlines& operator=(const SocketDeadlines&) = delete;
  ~SocketDeadlines();

  /// Unless another deadline or none is set for it before, the socket is shut down after that time.
  void set(int socket, Milliseconds within);
  /// Must be called before the socket is closed: its number may be another's afterwards.
  void clear(int socket);

 private:
  using Clock = std::chrono::steady_clock;
  void run();
  /// The earliest deadline that is left. Needs the lock.
  [[nodiscard]] Clock::time_point shut_down_overdue(Clock::time_point now);

  Refusals& refusals_;
  std::mutex mutex_;
  std::condition_variable changed_;  ///< a deadline before `wakes_at_`, or `stopping_`
  std::unordered_map<int, Clock::time_point> deadlines_;
  Clock::time_point wakes_at_ = Clock::time_point::max();
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace orders::api
