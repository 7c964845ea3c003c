// The daemon's state in one line, for `systemctl status`.
#pragma once

#include <optional>
#include <string>

#include "api/status_json.h"

namespace orders::api {

/// As it is now:
/// "running: 2 threads, 4 partitions, 12 records behind, 3 waiting; table current; database 5 behind"
/// "rebuilding the buffer, 45 %: 2 threads, …", "starting: worker orders-1-1: rebalancing"
/// "degraded since 2026-01-31T12:00:00.123Z: database view: PostgreSQL is away; …"
/// The reasons come first, and of long ones only the beginning. Since when: since this was first asked and found so.
/// Not thread-safe.
class StatusLine {
 public:
  [[nodiscard]] std::string of(const Snapshot& snapshot, Timestamp now);

 private:
  std::optional<Health::State> state_;
  Timestamp since_{};
};

}  // namespace orders::api
