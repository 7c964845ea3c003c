#include "api/socket_deadlines.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/thread.h"

namespace orders::api {

SocketDeadlines::SocketDeadlines(Refusals& refusals) : refusals_(refusals) {
  thread_ = std::thread([this] {
    name_thread("api.deadlines");
    run();
  });
}

SocketDeadlines::~SocketDeadlines() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SocketDeadlines::set(int socket, Milliseconds within) {
  const auto deadline = Clock::now() + within;
  {
    const std::lock_guard lock(mutex_);
    deadlines_[socket] = deadline;
    if (deadline >= wakes_at_) return;
  }
  changed_.notify_all();
}

void SocketDeadlines::clear(int socket) {
  const std::lock_guard lock(mutex_);
  deadlines_.erase(socket);
}

void SocketDeadlines::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wakes_at_ = shut_down_overdue(Clock::now());
    if (wakes_at_ == Clock::time_point::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, wakes_at_);
    }
  }
}

SocketDeadlines::Clock::time_point SocketDeadlines::shut_down_overdue(Clock::time_point now) {
  auto earliest = Clock::time_point::max();
  for (auto next = deadlines_.begin(); next != deadlines_.end();) {
    if (next->second > now) {
      earliest = std::min(earliest, next->second);
      ++next;
      continue;
    }
    spdlog::debug("api: a connection took too long and is broken off ({} since the start)",
                  refusals_.count(Refusals::Why::slow));
    (void)::shutdown(next->first, SHUT_RDWR);  // the thread that polls it sees its end, and closes it
    next = deadlines_.erase(next);
  }
  return earliest;
}

}  // namespace orders::api
