// The level of the daemon's log, while it runs.
//
//   GET /api/log-level   {"level": "debug", "configured": "info", "until": "2026-01-31T03:05:00.000Z" or null}
//   PUT /api/log-level   {"level": "debug", "for": "PT5M"}   the same answer. Without "for" it stays until the daemon
//                        ends, or the configuration has another level; with it, `until` says when the configured level
//                        is back
#pragma once

#include "api/server.h"
#include "base/log_levels.h"

namespace orders::api {

[[nodiscard]] Reply log_level(const LogLevels& levels, const Request& request);
[[nodiscard]] Reply set_log_level(LogLevels& levels, const Request& request);

}  // namespace orders::api
