#include "topology/end_watch.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace orders::topology {
namespace {
constexpr Milliseconds busy_pace{10};
constexpr Milliseconds quiet_pace{50};
constexpr Milliseconds idle_interval{500};
constexpr Milliseconds query_timeout{500};
constexpr std::chrono::seconds patience{1};
}  // namespace

EndWatch::EndWatch(const kafka::Consumer& consumer, std::vector<kafka::TopicPartition> partitions)
    : consumer_(consumer), partitions_(std::move(partitions)), ends_(partitions_.size()) {
  for (auto& end : ends_) end.store(-1);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

EndWatch::~EndWatch() = default;

std::int64_t EndWatch::end(const kafka::TopicPartition& partition) const {
  const auto at = std::ranges::find(partitions_, partition);
  return at == partitions_.end()
             ? -1
             : ends_[static_cast<std::size_t>(at - partitions_.begin())].load(std::memory_order_relaxed);
}

std::string EndWatch::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void EndWatch::ask(std::size_t i) {
  const auto marks = consumer_.watermarks(partitions_[i], query_timeout);
  if (marks) ends_[i].store(marks->high, std::memory_order_relaxed);
  const auto now = std::chrono::steady_clock::now();
  if (marks) answered_ = now;
  const std::lock_guard lock(mutex_);
  trouble_ = now - answered_ < patience ? std::string() : marks.error().message;
}

void EndWatch::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::size_t next = 0;
  auto idle_until = std::chrono::steady_clock::now();  // the first round goes at once
  while (!stop.stop_requested() && !partitions_.empty()) {
    const auto now = std::chrono::steady_clock::now();
    if (backlog_.load(std::memory_order_relaxed) || now >= idle_until) {
      ask(next);
      next = (next + 1) % partitions_.size();
      if (next == 0) idle_until = now + idle_interval;
    }
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, backlog_.load(std::memory_order_relaxed) ? busy_pace : quiet_pace,
                     [] { return false; });
  }
}

}  // namespace orders::topology
