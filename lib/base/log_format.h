// How the log is written; apart from log.h, so that the configuration does not pull in spdlog.
#pragma once

namespace orders {

enum class LogFormat : unsigned char { text, json, journald };
enum class LogLevel : unsigned char { trace, debug, info, warn, error };

}  // namespace orders
