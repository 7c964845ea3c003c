// Cuts off calls that would wait for ever.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>

#include "base/guarded_thread.h"
#include "base/time.h"

namespace orders::database {

/// PostgreSQL's timeouts are kept by the server, and TCP's by its kernel: neither helps against a server that is
/// stopped or hangs. So a socket on which an answer is overdue is shut down here, which its owner sees as a lost
/// connection. Any thread; owns one thread, started when it is needed first. Should that have been given up, a call
/// that hangs is a thread that hangs: base/heartbeat.h.
class Watchdog {
 public:
  Watchdog() = default;
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  /// An answer is awaited for the lifetime of this; the socket must stay open as long.
  class Guard {
   public:
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard();

   private:
    friend class Watchdog;
    Guard(Watchdog& watchdog, std::uint64_t token) : watchdog_(watchdog), token_(token) {}
    Watchdog& watchdog_;
    std::uint64_t token_;
  };
  [[nodiscard]] Guard guard(int socket, Milliseconds limit);

  /// Shuts down every socket on which an answer is awaited now.
  void interrupt();

 private:
  using Clock = std::chrono::steady_clock;
  struct Watched {
    int socket;
    Clock::time_point deadline;
  };
  void release(std::uint64_t token);
  [[nodiscard]] Result<> run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Watched> watched_;
  std::uint64_t next_token_ = 0;
  Clock::time_point wakes_at_ = Clock::time_point::max();  ///< so that a guard need not wake the thread each time
  bool stopping_ = false;
  GuardedThread thread_;
};

}  // namespace orders::database
