// --status, --customer, --source, --since and --offline of the `state` commands.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string_view>

#include "base/time.h"
#include "table/filter.h"

namespace orders::ctl {

/// `filter` must outlive the parse.
void add_filter(CLI::App& command, table::Filter& filter);
void add_offline(CLI::App& command, bool& offline);

/// A point in time as it is written on a command line: "2026-01-31", "2026-01-31T12:00Z", "2026-01-31T12:00:00.123Z"
/// (all in UTC), or a duration before `now`: "-15m", "-PT15M". Nothing for anything else.
[[nodiscard]] std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now);

}  // namespace orders::ctl
