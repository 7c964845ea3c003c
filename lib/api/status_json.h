// The daemon's state as a whole, and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/refusals.h"
#include "catalog/catalog.h"
#include "intake/intake.h"
#include "topology/status.h"
#include "view/view.h"

namespace orders::api {

/// What became of the last SIGHUP.
struct ConfigurationStatus {
  std::optional<Timestamp> reloaded = {};        ///< when the configuration was last taken; none: not since the start
  std::optional<std::string> error = {};         ///< why the last one was not taken, or not all of it
  std::vector<std::string> restart_needed = {};  ///< options that have changed and take effect at the next start
};

/// What the parts say of themselves at one time.
struct Snapshot {
  std::optional<topology::Status> join;
  std::optional<view::ViewStatus> table;
  std::optional<view::ViewStatus> database;
  std::optional<intake::IntakeStatus> intake;
  std::optional<catalog::Status> catalog;  ///< nothing: none, or one that can't be away
  std::vector<std::string> trouble;
  const Refusals* refusals = nullptr;  ///< null: not counted
  std::optional<ConfigurationStatus> configuration = {};
};

/// The worst part names the state: degraded (a part waits for something or has stopped), rebuilding, starting, running.
struct Health {
  enum class State : std::uint8_t { running, starting, rebuilding, degraded } state = State::running;
  std::vector<std::string> reasons;  ///< one a part that is not running, beginning with the part's name
  [[nodiscard]] bool ready() const { return state == State::running; }
};
[[nodiscard]] Health health(const Snapshot& snapshot);
[[nodiscard]] std::string_view to_string(Health::State state);

/// Who answers, and since when.
struct Identity {
  std::string version;
  std::string application_id;
  std::string instance_id;
  Timestamp started;
};

/// {"version", "application_id", "instance_id", "state", "reason", "reasons": [], "uptime_seconds", "started",
///  "join": {"fates": {}, "latency": {} or null, "latency_total": {} or null, "waiting", "identity": {},
///           "workers": [{…, "last_error": {"at", "message"} or null, "tasks": []}]} or null,
///  "views": {"table": {…, "identity": {}} or null, "database": {} or null}, "intake": {} or null,
///  "catalog": {"state", "reason", "breaker", "unavailable", "requests", "failures", "hits",
///              "last_error": {"at", "message"} or null} or null,
///  "api": {"refused": {"token", "host", "busy", "slow"}} or null,
///  "configuration": {"reloaded": time or null, "error": text or null, "restart_needed": ["topics.orders", …]} or null}
/// "identity": {"holds", "off_by"}: records read less those whose fate is counted (accounts.h). Of the join:
/// read + carried - joined - unmatched - late - duplicate - invalid - skipped - waiting; of a view: read - applied -
/// superseded - tombstone - missing - invalid - failed. Each part's counters are of one moment.
/// "latency": {"p50_ms", "p90_ms", "p99_ms", "max_ms", "results", "window_s"}, of the results committed within the last
/// window_s seconds (at the least within the latter half of them), from a result's timestamp to its commit
/// (topology::Latency); null without any. "latency_total": of all since the start, without "window_s".
[[nodiscard]] std::string status_json(const Identity& identity, const Snapshot& snapshot, Timestamp now);

/// {"ready": true, "state": "running", "reasons": []}
[[nodiscard]] std::string ready_json(const Health& health);

}  // namespace orders::api
