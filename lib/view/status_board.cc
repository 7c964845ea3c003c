#include "view/status_board.h"

#include "base/log.h"

namespace orders::view {

std::int64_t ViewStatus::lag() const {
  std::int64_t lag = 0;
  for (const auto& partition : partitions) {
    if (partition.end > partition.next_offset) lag += partition.end - partition.next_offset;
  }
  return lag;
}

std::optional<std::int64_t> ViewStatus::known_lag() const {
  if (state != State::current && state != State::catching_up) return std::nullopt;
  if (partitions.empty()) return std::nullopt;
  for (const auto& partition : partitions) {
    if (partition.end < 0) return std::nullopt;
  }
  return lag();
}

std::string_view to_string(ViewStatus::State state) {
  switch (state) {
    case ViewStatus::State::starting:
      return "starting";
    case ViewStatus::State::catching_up:
      return "catching_up";
    case ViewStatus::State::current:
      return "current";
    case ViewStatus::State::degraded:
      return "degraded";
    case ViewStatus::State::stopped:
      return "stopped";
  }
  return "unknown";
}

ViewStatus StatusBoard::snapshot() const {
  std::lock_guard lock(mutex_);
  return status_;
}

void StatusBoard::set_state(ViewStatus::State state, std::string reason, std::optional<ErrorClass> stopped_by) {
  std::lock_guard lock(mutex_);
  if (status_.state == state && status_.reason == reason) return;
  const auto now = std::chrono::steady_clock::now();
  const bool quiet = status_.state == state && now - logged_ < std::chrono::minutes(1);
  status_.state = state;
  status_.reason = std::move(reason);
  status_.stopped_by = stopped_by;
  if (quiet) return;
  logged_ = now;
  if (status_.reason.empty()) {
    spdlog::info("{} view: {}, {} records behind", status_.name, to_string(state), status_.lag());
  } else {
    spdlog::warn("{} view: {}: {}", status_.name, to_string(state), status_.reason);
  }
}

void StatusBoard::add(const Fates& fates) {
  std::lock_guard lock(mutex_);
  fates.add_to(status_);
}

void StatusBoard::add_rebuild() {
  std::lock_guard lock(mutex_);
  ++status_.rebuilds;
}

void StatusBoard::add_retry(ErrorClass error_class) {
  std::lock_guard lock(mutex_);
  status_.retries.add(error_class);
}

void StatusBoard::add_batch(std::uint64_t records, std::chrono::microseconds took,
                            const failure::LetterCounts& letters) {
  std::lock_guard lock(mutex_);
  status_.batches.records.add(records);
  status_.batches.transactions.add(took);
  failure::add(status_.letters, letters);
}

void StatusBoard::set_partitions(std::vector<ViewStatus::Partition> partitions) {
  {
    std::lock_guard lock(mutex_);
    for (auto& partition : partitions) {
      if (partition.end >= 0) continue;
      for (const auto& known : status_.partitions) {
        if (known.partition == partition.partition) partition.end = known.end;
      }
    }
    status_.partitions = std::move(partitions);
  }
  changed_.notify_all();
}

void StatusBoard::forget_positions() {
  std::lock_guard lock(mutex_);
  status_.partitions.clear();
  ++epoch_;
}

std::uint64_t StatusBoard::epoch() const {
  std::lock_guard lock(mutex_);
  return epoch_;
}

bool StatusBoard::wait_for(std::int32_t partition, std::int64_t offset, Milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] {
    for (const auto& known : status_.partitions) {
      if (known.partition == partition) return known.next_offset > offset;
    }
    return false;
  });
}

}  // namespace orders::view
