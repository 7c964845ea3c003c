#include "kafka/end_watcher.h"

#include <algorithm>

#include "base/thread.h"

namespace orders::kafka {
namespace {

constexpr Milliseconds timeout{1'000};
constexpr Milliseconds patience{3'000};
constexpr Milliseconds backlog_interval{10};
constexpr Milliseconds idle_interval{1'000};

}  // namespace

EndWatcher::EndWatcher(const Consumer& consumer, std::vector<TopicPartition> partitions)
    : consumer_(consumer), partitions_(std::move(partitions)), ends_(partitions_.size(), -1) {
  if (!partitions_.empty()) thread_ = std::thread([this] { run(); });
}

EndWatcher::~EndWatcher() {
  stopping_ = true;
  wakeup_.notify();
  if (thread_.joinable()) thread_.join();
}

void EndWatcher::set_backlog(bool backlog) {
  if (backlog_.exchange(backlog) != backlog && backlog) wakeup_.notify();
}

std::int64_t EndWatcher::end(const TopicPartition& partition) const {
  const auto at = std::ranges::find(partitions_, partition);
  if (at == partitions_.end()) return -1;
  std::lock_guard lock(mutex_);
  return ends_[static_cast<std::size_t>(at - partitions_.begin())];
}

std::optional<Error> EndWatcher::error() const {
  std::lock_guard lock(mutex_);
  if (error_ && std::chrono::steady_clock::now() - last_answer_ < patience) return std::nullopt;
  return error_;
}

void EndWatcher::ask(std::size_t index) {
  auto end = consumer_.end(partitions_[index], timeout);
  std::lock_guard lock(mutex_);
  if (!end) {
    if (!error_) error_ = std::move(end.error());
    return;
  }
  ends_[index] = *end;
  error_.reset();
  last_answer_ = std::chrono::steady_clock::now();
}

void EndWatcher::run() {
  name_thread("ends");
  std::size_t next = 0;
  while (!stopping_) {
    if (backlog_) {
      ask(next++ % partitions_.size());
      wakeup_.wait(backlog_interval);
      continue;
    }
    for (std::size_t i = 0; i < partitions_.size() && !stopping_ && !backlog_; ++i) ask(i);
    if (!stopping_ && !backlog_) wakeup_.wait(idle_interval);
  }
}

}  // namespace orders::kafka
