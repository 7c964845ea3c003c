// Set-up of the log. Everywhere else: spdlog::info("…") and its sisters; one line for each change of state,
// nothing for each record at info, no record's contents above debug, no secrets at all.
//
// What repeats is limited: of messages of one severity that differ in their numbers alone, a burst of a hundred is
// written and then one a second; how many were left out is told every ten seconds (LogLimiter).
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

#include "base/log_format.h"
#include "base/log_subject.h"

namespace orders {

/// Who logs. Application and instance, where they are not empty, are members of JSON lines and fields of the journal's.
struct LogIdentity {
  std::string program;
  std::string application = {};
  std::string instance = {};
};

/// Logs go to standard error (text, json) or to the journal; where there is none, as text to standard error. Call once,
/// before the first thread starts.
void set_up_logging(LogLevel level, LogFormat format, LogIdentity identity);
/// Any thread, from then on.
void set_log_level(LogLevel level);
void set_log_format(LogFormat format);
/// Tells what was left out, where it is time. To be called every second or so.
void flush_log();

/// A line with what it is about. Where there may be one for each record, ask should_follow() once for many of them, and
/// make the message only then. Any thread.
void log_about(spdlog::level::level_enum level, const LogSubject& subject, std::string_view message);
/// Whether single orders are followed, at debug.
[[nodiscard]] inline bool should_follow() { return spdlog::should_log(spdlog::level::debug); }

/// A message as it stands in the log, whatever was put into it: on one line, without control characters (C0, DEL, C1),
/// and valid UTF-8; for `json` the inside of a JSON string. What comes from outside can't forge a line of the log, and
/// can't drive the terminal that shows it. All that is logged goes through this.
[[nodiscard]] std::string log_text(std::string_view message, LogFormat format);

}  // namespace orders
