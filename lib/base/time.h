// Points in time and durations, in the resolution Kafka has: milliseconds since the epoch.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace orders {

using Milliseconds = std::chrono::milliseconds;
/// A record's or a row's time. May be negative in a hostile record; such a record is invalid.
using Timestamp = std::chrono::sys_time<Milliseconds>;

[[nodiscard]] constexpr std::int64_t to_millis(Timestamp t) { return t.time_since_epoch().count(); }
[[nodiscard]] constexpr Timestamp from_millis(std::int64_t ms) { return Timestamp{Milliseconds{ms}}; }

/// Wall-clock time now; the join never asks for it.
[[nodiscard]] Timestamp wall_clock_now();

/// "PT10S", "PT1H30M", "P1DT2H" (ISO 8601), or "500ms", "10s", "5m", "2h", "1d". Whole milliseconds, never negative.
[[nodiscard]] Result<Milliseconds> parse_duration(std::string_view text);
/// ISO 8601 for whole seconds and up ("PT10S", "PT1H30M"), "20ms" for anything finer.
[[nodiscard]] std::string format_duration(Milliseconds duration);
/// "2026-01-31T12:00:00.123Z".
[[nodiscard]] std::string format_timestamp(Timestamp t);

}  // namespace orders
