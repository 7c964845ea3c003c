// Points in time as people write them.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace orders {

/// ISO 8601, in UTC where it names no zone ("2026-01-31T12:00:00Z", "2026-01-31T13:00:00.250+01:00", "2026-01-31 12:00",
/// "2026-01-31"), or so long before `now` ("-15m", "-PT1H"). Never before 1970. Nothing for anything else.
[[nodiscard]] std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now);

}  // namespace orders
