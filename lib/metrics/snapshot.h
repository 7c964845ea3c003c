// What the daemon's parts say of themselves at one time, for /metrics.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/heartbeat.h"
#include "base/histogram.h"
#include "base/log_counts.h"
#include "catalog/catalog.h"
#include "intake/intake.h"
#include "topology/status.h"
#include "view/view.h"

namespace orders::metrics {

struct Process {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0, virtual_bytes = 0;
  std::uint64_t open_fds = 0, max_fds = 0;
  double started = 0;  ///< seconds since the epoch
};
/// Of this process, from /proc/self. Any thread.
[[nodiscard]] Process process();

/// What takes too long to be found out while somebody waits for it, as it was when somebody looked.
struct LookedUp {
  struct Table {
    std::uint64_t rows = 0, disk_bytes = 0, unflushed_bytes = 0;
    std::uint64_t memory_bytes = 0;  ///< of all of RocksDB
  };
  struct Queue {
    std::uint64_t letters = 0;  ///< not drained
    Timestamp counted;
  };
  std::optional<Table> table;
  std::optional<Queue> dead_letters;
};

struct RouteRequests {
  std::string method, route;
  std::map<int, std::uint64_t> by_code;
  FineHistogram took;
};

struct Join {
  topology::Status status;
  std::int64_t unaccounted = 0;
};

struct View {
  view::ViewStatus status;
  std::int64_t unaccounted = 0;
};

struct Snapshot {
  std::string version, application_id, instance_id;
  std::string_view state;
  std::vector<std::string_view> states;  ///< all that there can be
  std::size_t reasons = 0;

  std::optional<Join> join;
  std::vector<View> views;
  std::optional<intake::IntakeStatus> intake;
  std::optional<catalog::Status> catalog;
  std::vector<std::pair<std::string_view, std::uint64_t>> refusals;  ///< why, and how many
  std::vector<RouteRequests> requests;
  std::uint64_t rocksdb_limit = 0;  ///< bytes; 0: not known
  LookedUp looked_up;

  LogCounts log{};
  heartbeat::Looks watchdog;
  std::uint64_t thread_restarts = 0;
  Process process;
};

/// In Prometheus' text format; docs/metrics.md says what each of them is. All families are there, those of parts that
/// are not without a value.
[[nodiscard]] std::string render(const Snapshot& snapshot);
inline constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace orders::metrics
