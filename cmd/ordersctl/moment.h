// Points in time as people write them.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace orders::ctl {

/// "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.250", "2026-01-31T12:00", "2026-01-31", all in UTC, or so long before
/// `now`: "-15m", "-PT1H". Fails with `invalid`.
[[nodiscard]] Result<Timestamp> parse_moment(std::string_view text, Timestamp now);
CLI::Option* add_moment(CLI::App& command, const std::string& name, std::optional<Timestamp>& target,
                        const std::string& description);

}  // namespace orders::ctl
