#include "api/page/history.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <exception>
#include <utility>

#include "api/page/figures.h"
#include "base/thread.h"

namespace orders::api::page {
namespace {

/// The page without a sample is no reason to end the daemon.
void take_sample(History& history, const std::function<std::string()>& status) try {
  history.add(status(), wall_clock_now());
} catch (const std::exception& e) {
  spdlog::warn("the status page's history misses a sample: {}", e.what());
}

}  // namespace

void History::add(std::string status, Timestamp at) {
  const auto document = Json::parse(status);
  Sample sample{at, {}};
  for (std::size_t i = 0; i < series.size(); ++i) sample.figures[i] = sum_of(document, document, series[i]);
  const std::lock_guard lock(mutex_);
  std::erase_if(samples_, [&](const Sample& one) { return one.at > at || at - one.at > span; });  // clocks are set back
  samples_.push_back(sample);
  last_.push_back({std::move(status), at});
  if (last_.size() > 2) last_.pop_front();
}

std::string History::json() const {
  auto rows = Json::array();
  const std::lock_guard lock(mutex_);
  for (const auto& sample : samples_) {
    auto row = Json::array();
    row.push_back(to_millis(sample.at));
    for (const auto& figure : sample.figures) row.push_back(figure ? Json(*figure) : Json(nullptr));
    rows.push_back(std::move(row));
  }
  return rows.dump();
}

std::optional<History::Past> History::past() const {
  const std::lock_guard lock(mutex_);
  if (last_.empty()) return std::nullopt;
  return last_.front();
}

Sampler::Sampler(std::function<std::string()> status, Milliseconds interval) {
  thread_ = std::jthread([this, status = std::move(status), interval](const std::stop_token& stop) {
    name_thread("api-history");
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      take_sample(history_, status);
      stopped.wait_for(lock, stop, interval, [] { return false; });
    }
  });
}

}  // namespace orders::api::page
