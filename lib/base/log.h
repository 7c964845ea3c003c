// Set-up of the log. Everywhere else: spdlog::info("…") and its sisters; one line for each change of state,
// nothing for each record at info, no record's contents above debug, no secrets at all.
#pragma once

#include <spdlog/spdlog.h>

#include <string_view>

#include "base/log_format.h"

namespace orders {

/// Logs go to standard error (text, json) or to the journal. Call once, before the first thread starts.
void set_up_logging(LogLevel level, LogFormat format, std::string_view program);
void set_log_level(LogLevel level);

}  // namespace orders
