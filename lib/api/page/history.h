// What the status page shows of the last minutes, also to who has just opened it.
#pragma once

#include <array>
#include <cstdint>
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
    "/join/fates/results",  "/join/latency/p50_ms",
    "/join/latency/p99_ms", "/join/workers/*/tasks/*/payment/lag /join/workers/*/tasks/*/stock/lag",
    "/views/table/lag",     "/views/database/lag"};

/// Of ten minutes, which the charts are wide. Any thread.
class History {
 public:
  static constexpr Milliseconds span{600'000};

  /// `status`: the text of /api/status at `at`.
  void add(std::string status, Timestamp at);
  /// [[milliseconds since the epoch, a figure or null for each of `series`…], …], oldest first.
  [[nodiscard]] std::string json() const;

  struct Past {
    std::string status;
    Timestamp at;
  };
  /// The last but one, to tell rates from; the last where there is no other.
  [[nodiscard]] std::optional<Past> past() const;

 private:
  struct Sample {
    Timestamp at;
    std::array<std::optional<std::int64_t>, series.size()> figures;
  };

  mutable std::mutex mutex_;
  std::deque<Sample> samples_;
  std::deque<Past> last_;  ///< two at the most
};

/// Adds to a history now and then, in a thread of its own.
class Sampler {
 public:
  /// `status`: the text of /api/status. A sample costs what one request for it does.
  Sampler(std::function<std::string()> status, Milliseconds interval);
  [[nodiscard]] const History& history() const { return history_; }

 private:
  History history_;
  std::jthread thread_;
};

}  // namespace orders::api::page
