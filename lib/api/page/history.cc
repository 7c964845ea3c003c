#include "api/page/history.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <exception>

#include "api/page/figures.h"
#include "base/thread.h"

namespace orders::api::page {

History::History(std::function<std::string()> status, Milliseconds interval)
    : status_(std::move(status)), most_(static_cast<std::size_t>(std::max<std::int64_t>(span / interval, 1))) {
  thread_ = std::jthread([this, interval](const std::stop_token& stop) {
    name_thread("api-history");
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      take();
      stopped.wait_for(lock, stop, interval, [] { return false; });
    }
  });
}

/// The page without a sample is no reason to end the daemon.
void History::take() try {
  Status status{Clock::now(), status_()};
  const auto document = Json::parse(status.text);
  Sample sample{wall_clock_now(), {}};
  for (std::size_t i = 0; i < series.size(); ++i) sample.figures[i] = sum_of(document, document, series[i]);
  const std::lock_guard lock(mutex_);
  samples_.push_back(sample);
  if (samples_.size() > most_) samples_.pop_front();
  last_.push_back(std::move(status));
  if (last_.size() > 2) last_.pop_front();
} catch (const std::exception& e) {
  spdlog::warn("the status page's history misses a sample: {}", e.what());
}

std::string History::json() const {
  auto rows = Json::array();
  const std::lock_guard lock(mutex_);
  for (const auto& sample : samples_) {
    auto row = Json::array({to_millis(sample.at)});
    for (const auto& figure : sample.figures) row.push_back(figure ? Json(*figure) : Json(nullptr));
    rows.push_back(std::move(row));
  }
  return rows.dump();
}

std::optional<History::Past> History::past() const {
  const std::lock_guard lock(mutex_);
  if (last_.empty()) return std::nullopt;
  const std::chrono::duration<double> ago = Clock::now() - last_.front().at;
  return Past{last_.front().text, ago.count()};
}

}  // namespace orders::api::page
