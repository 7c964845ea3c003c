#include "kafka/end_watcher.h"

#include <algorithm>

#include "base/failpoint.h"
#include "base/heartbeat.h"
#include "base/log.h"

namespace orders::kafka {
namespace {

constexpr Milliseconds timeout{1'000};
constexpr Milliseconds patience{3'000};
constexpr std::size_t backlog_records = 500;
constexpr std::size_t backlog_bytes = 256u << 10;  // a queue holds four times as much
constexpr Milliseconds backlog_interval{10};
constexpr Milliseconds idle_interval{1'000};
/// A backlog is over when none was seen for so long: at its edge one turn sees it and the next one does not.
constexpr Milliseconds settle_time{100};

}  // namespace

EndWatcher::EndWatcher(const Consumer& consumer, std::vector<TopicPartition> partitions)
    : consumer_(consumer), partitions_(std::move(partitions)), ends_(partitions_.size(), -1) {
  if (partitions_.empty()) return;
  thread_ = GuardedThread(
      "ends", [this](const std::stop_token&) { return run(); },
      [this](const Error& error) {
        spdlog::error("{}", error.text());
        given_up_ = true;
      });
}

EndWatcher::~EndWatcher() {
  stopping_ = true;
  wakeup_.notify();
  thread_.stop();
}

void EndWatcher::took(std::size_t records, std::size_t bytes, bool left) {
  const bool backlog = left || records >= backlog_records || bytes >= backlog_bytes;
  if (backlog_.exchange(backlog) != backlog && backlog && idle_) wakeup_.notify();
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

Result<> EndWatcher::check() const {
  if (!given_up_) return {};
  return fail(ErrorClass::bug, "the thread that asks for the ends of the partitions failed again and again");
}

void EndWatcher::ask(std::size_t index) {
  ORDERS_FAILPOINT("ends.ask");
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

Result<> EndWatcher::run() {
  using Clock = std::chrono::steady_clock;
  std::size_t next = 0;
  auto busy_until = Clock::now();
  while (!stopping_) {
    heartbeat::beat("asking for the ends");
    if (backlog_) busy_until = Clock::now() + settle_time;
    if (Clock::now() < busy_until) {
      ask(next++ % partitions_.size());
      wakeup_.wait(backlog_interval);
      continue;
    }
    for (std::size_t i = 0; i < partitions_.size() && !stopping_ && !backlog_; ++i) ask(i);
    idle_ = true;  // before the look at backlog_: took() sets that one first and looks here then
    if (!stopping_ && !backlog_) wakeup_.wait(idle_interval);
    idle_ = false;
  }
  return {};
}

}  // namespace orders::kafka
