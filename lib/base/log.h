// Set-up of the log. Everywhere else: spdlog::info("…") and its sisters; one line for each change of state,
// nothing for each record at info, no record's contents above debug, no secrets at all.
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

#include "base/log_format.h"

namespace orders {

/// Logs go to standard error (text, json) or to the journal. Call once, before the first thread starts.
void set_up_logging(LogLevel level, LogFormat format, std::string_view program);
void set_log_level(LogLevel level);

/// A message as it stands in the log, whatever was put into it: on one line, without control characters (C0, DEL, C1),
/// and valid UTF-8; for `json` the inside of a JSON string. What comes from outside can't forge a line of the log, and
/// can't drive the terminal that shows it. All that is logged goes through this.
[[nodiscard]] std::string log_text(std::string_view message, LogFormat format);

}  // namespace orders
