// Which messages of a storm are written.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"

namespace orders {

/// Messages are of one kind when they have one severity and the same words: their numbers (offsets, ids, ports, times)
/// may differ. So an error of another kind is never left out for those that came before it. Each kind may have a burst,
/// then one message now and then; what is left out is counted and told at the end of an interval. One thread, or under
/// the caller's lock.
class LogLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  struct Policy {
    std::uint32_t burst = 100;      ///< what a start of a hundred partitions has to say is no storm
    Milliseconds again{1'000};      ///< one more of a kind may be written each time when so long has passed
    Milliseconds interval{10'000};  ///< how long is counted before it is told
    std::size_t kinds = 256;        ///< remembered; beyond that the one that was silent for longest is forgotten
  };
  LogLimiter() : LogLimiter(Policy{}) {}
  explicit LogLimiter(const Policy& policy) : policy_(policy) {}

  /// What was left out of a kind.
  struct LeftOut {
    int severity = 0;
    std::string text;  ///< the last of them
    std::uint64_t count = 0;
    Milliseconds time{0};  ///< within so long
  };

  /// Whether the message is to be written; if not, it is counted.
  [[nodiscard]] bool admits(int severity, std::string_view text, Clock::time_point now);
  /// What is to be told now: each that was left out is in one of these, once. Cheap when nothing is.
  [[nodiscard]] std::vector<LeftOut> due(Clock::time_point now);
  /// The same without waiting for the intervals' ends.
  [[nodiscard]] std::vector<LeftOut> rest(Clock::time_point now);

 private:
  struct Kind {
    std::uint32_t allowed = 0;
    Clock::time_point allowed_since{};  ///< when `allowed` was reckoned
    Clock::time_point met{};
    LeftOut left_out;
    Clock::time_point left_out_since{};
  };

  Kind& kind_of(int severity, std::string_view text, Clock::time_point now);
  void forget_one(Clock::time_point now);
  void refill(Kind& kind, Clock::time_point now) const;
  void take(Kind& kind, Clock::time_point now);

  const Policy policy_;
  std::unordered_map<std::string, Kind> kinds_;
  std::string key_;  ///< kept for its room
  std::vector<LeftOut> told_;
  Clock::time_point next_due_ = Clock::time_point::max();
};

}  // namespace orders
