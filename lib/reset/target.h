// Where something is to be wound back to, as a person writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "kafka/types.h"

namespace orders::reset {

struct Target {
  enum class Kind : std::uint8_t { current, earliest, latest, offset, time } kind = Kind::current;
  std::int64_t offset = 0;  ///< of kind offset
  Timestamp time;           ///< of kind time
  friend bool operator==(const Target&, const Target&) = default;
};

/// "current", "earliest", "latest", an offset, a time in ISO 8601 (UTC where it names no
/// zone: "2026-01-31T12:00:00Z", "2026-01-31T13:00+01:00", "2026-01-31"), or a duration before `now`: "-15m", "-PT15M".
[[nodiscard]] Result<Target> parse_target(std::string_view text, Timestamp now);

/// The offset of a partition that has `marks` and stands at `current`. `at_time`: what the broker says of the target's
/// time, negative where no record is as young. `invalid` for an offset that the partition has not.
[[nodiscard]] Result<std::int64_t> offset_at(const Target& target, const kafka::TopicPartition& at,
                                             const kafka::Watermarks& marks, std::int64_t current,
                                             std::int64_t at_time);

}  // namespace orders::reset
