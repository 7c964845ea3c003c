#include "base/log_levels.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"

namespace orders {

LogLevels::LogLevels(LogLevel configured, std::function<void(LogLevel)> apply)
    : apply_(apply ? std::move(apply) : set_log_level), state_{configured, configured, std::nullopt} {}

void LogLevels::set(LogLevel level, std::optional<Milliseconds> time, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  end_.reset();
  state_.until.reset();
  if (time && level != state_.configured) {
    end_ = now + *time;
    state_.until = wall_clock_now() + *time;
  }
  change(level, end_ ? fmt::format("asked for until {}", format_timestamp(*state_.until)) : "asked for");
}

void LogLevels::configure(LogLevel level) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(state_.configured, level) == level) return;
  end_.reset();
  state_.until.reset();
  change(level, "configured");
}

void LogLevels::tick(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (!end_ || now < *end_) return;
  end_.reset();
  state_.until.reset();
  change(state_.configured, "as configured: the time of the other one is over");
}

/// Told while the more talkative of both levels is in effect.
void LogLevels::change(LogLevel level, std::string_view why) {
  const auto before = std::exchange(state_.level, level);
  if (level < before) apply_(level);
  spdlog::info("log: level {}, {}", to_string(level), why);
  if (level > before) apply_(level);
}

LogLevels::State LogLevels::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace orders
