#include "database/watchdog.h"

#include <sys/socket.h>

#include <algorithm>

#include "base/heartbeat.h"

namespace orders::database {

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.stop();
}

Watchdog::Guard::~Guard() { watchdog_.release(token_); }

Watchdog::Guard Watchdog::guard(int socket, Milliseconds limit) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t token = next_token_++;
  const auto deadline = Clock::now() + limit;
  watched_.emplace(token, Watched{socket, deadline});
  if (!thread_.joinable()) {
    thread_ = GuardedThread("database.cutoff", [this](const std::stop_token&) { return run(); }, {});
  } else if (deadline < wakes_at_) {
    changed_.notify_one();
  }
  return {*this, token};
}

// Under the lock, so that no socket is shut down after its owner may have closed it.
void Watchdog::release(std::uint64_t token) {
  const std::lock_guard lock(mutex_);
  watched_.erase(token);
}

void Watchdog::interrupt() {
  const std::lock_guard lock(mutex_);
  for (const auto& [token, watched] : watched_) ::shutdown(watched.socket, SHUT_RDWR);
}

Result<> Watchdog::run() {
  const heartbeat::Wait wait("waiting for a call to be overdue", heartbeat::no_limit);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = Clock::now();
    wakes_at_ = Clock::time_point::max();
    for (auto& [token, watched] : watched_) {
      if (watched.deadline <= now) {
        ::shutdown(watched.socket, SHUT_RDWR);
        watched.deadline = Clock::time_point::max();
      }
      wakes_at_ = std::min(wakes_at_, watched.deadline);
    }
    if (wakes_at_ == Clock::time_point::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, wakes_at_);
    }
  }
  return {};
}

}  // namespace orders::database
