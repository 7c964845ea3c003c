// The level of the log: the configuration's, or for now another one that somebody has asked for.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "base/log_format.h"
#include "base/time.h"

namespace orders {

/// Any thread.
class LogLevels {
 public:
  using Clock = std::chrono::steady_clock;
  /// The longest time for which another level can be asked for.
  static constexpr Milliseconds longest = std::chrono::hours(24 * 30);

  /// `configured` is in effect already. `apply` is set_log_level(), but for tests.
  explicit LogLevels(LogLevel configured, std::function<void(LogLevel)> apply = {});

  /// Another level, until the configured one changes, or for `time`. Setting the configured one ends that.
  void set(LogLevel level, std::optional<Milliseconds> time, Clock::time_point now = Clock::now());
  /// The configuration was read anew. Whoever changes the level there means it: what set() did is over. If it is the
  /// same as before, that goes on.
  void configure(LogLevel level);
  /// Goes back to the configured level when the time is over. To be called every second or so.
  void tick(Clock::time_point now = Clock::now());

  struct State {
    LogLevel level = LogLevel::info;  ///< in effect
    LogLevel configured = LogLevel::info;
    std::optional<Timestamp> until;  ///< when it goes back; none: not by itself
  };
  [[nodiscard]] State state() const;

 private:
  void change(LogLevel level, std::string_view why);

  const std::function<void(LogLevel)> apply_;
  mutable std::mutex mutex_;
  State state_;
  std::optional<Clock::time_point> end_;
};

}  // namespace orders
