// What the status page shows of the last minutes, also to who has just opened it.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/time.h"

namespace orders::api::page {

/// The figures of its charts, as sum_of() takes them. page.js goes on with the same.
inline constexpr std::array<std::string_view, 6> series = {
    "/join/fates/results",
    "/join/latency/p50_ms",
    "/join/latency/p99_ms",
    "/join/workers/*/tasks/*/payment/lag /join/workers/*/tasks/*/stock/lag",
    "/views/table/lag",
    "/views/database/lag"};

/// Takes a sample now and then, in a thread of its own, and keeps those of the last ten minutes. Any thread.
class History {
 public:
  static constexpr Milliseconds span{600'000};

  /// `status`: the text of /api/status. A sample costs what one request for it does.
  History(std::function<std::string()> status, Milliseconds interval);

  /// [[milliseconds since the epoch, a figure or null for each of `series`…], …], oldest first.
  [[nodiscard]] std::string json() const;

  /// A status of one or two intervals ago.
  struct Past {
    std::string status;
    double seconds;  ///< how long that is ago
  };
  [[nodiscard]] std::optional<Past> past() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Sample {
    Timestamp at;
    std::array<std::optional<std::int64_t>, series.size()> figures;
  };
  struct Status {
    Clock::time_point at;
    std::string text;
  };

  void take();

  const std::function<std::string()> status_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::deque<Sample> samples_;
  std::deque<Status> last_;  ///< two at the most
  std::jthread thread_;
};

}  // namespace orders::api::page
