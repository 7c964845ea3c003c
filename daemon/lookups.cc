#include "lookups.h"

#include "base/heartbeat.h"
#include "base/log.h"

namespace orders::daemon {
namespace {

constexpr Milliseconds interval{10'000};
constexpr Milliseconds head_start{2'000};  ///< for the saga, when the process starts

}  // namespace

Lookups::Lookups(const kafka::Connection& connection, const config::Topics& topics,
                 std::function<std::shared_ptr<const table::Table>()> table)
    : table_(std::move(table)), letters_(connection, topics) {
  thread_ = GuardedThread("lookups", [this](const std::stop_token& stop) { return run(stop); }, {});
}

metrics::LookedUp Lookups::get() const {
  const std::lock_guard lock(mutex_);
  return found_;
}

Result<> Lookups::run(const std::stop_token& stop) {
  // Whatever it waits for, nothing waits for it.
  const heartbeat::Wait wait("looking up what the metrics show", heartbeat::no_limit);
  for (auto pause = head_start; pause_for(pause, stop); pause = interval) {
    look_at_table();
    look_at_dead_letters(stop);
  }
  return {};
}

void Lookups::look_at_table() {
  std::optional<metrics::LookedUp::Table> seen;
  if (const auto table = table_()) {
    if (const auto stats = table->stats()) {
      const auto& store = stats->store;
      seen = {store.keys, store.disk_bytes, store.unflushed_bytes, store.memory_bytes};
    }
  }
  const std::lock_guard lock(mutex_);
  found_.table = seen;
}

/// What was counted before stays, with the time of it.
void Lookups::look_at_dead_letters(const std::stop_token& stop) {
  const auto left = letters_.look([&] { return !stop.stop_requested(); });
  if (stop.stop_requested()) return;
  if (!left) {
    if (left.error().error_class == ErrorClass::denied && trouble_ != left.error().text())
      spdlog::info("the dead letters are not counted for the metrics: {}", left.error().text());
    trouble_ = left.error().text();
    spdlog::debug("counting the dead letters: {}", trouble_);
    return;
  }
  trouble_.clear();
  const std::lock_guard lock(mutex_);
  found_.dead_letters.reset();
  if (*left) found_.dead_letters = {**left, wall_clock_now()};
}

}  // namespace orders::daemon
