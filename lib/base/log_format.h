// How the log is written; apart from log.h, so that the configuration does not pull in spdlog.
#pragma once

#include <optional>
#include <string_view>

namespace orders {

enum class LogFormat : unsigned char { text, json, journald };
enum class LogLevel : unsigned char { trace, debug, info, warn, error };

/// By their names in the configuration.
[[nodiscard]] std::string_view to_string(LogLevel level);
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view text);

}  // namespace orders
