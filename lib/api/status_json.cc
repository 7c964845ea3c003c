#include "api/status_json.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "api/accounts.h"

namespace orders::api {
namespace {

using Json = nlohmann::ordered_json;
using State = Health::State;
using Worker = topology::WorkerStatus;
using view::ViewStatus;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json time_or_null(const std::optional<Timestamp>& time) { return time ? Json(format_timestamp(*time)) : Json(nullptr); }

/// A part's contribution: a worse state replaces a better one, the reasons add up.
void add(Health& health, State state, const std::string& part, std::string_view reason) {
  if (state == State::running) return;
  health.state = std::max(health.state, state);
  health.reasons.push_back(part + ": " + (reason.empty() ? std::string(to_string(state)) : std::string(reason)));
}

void add_task(Health& health, const topology::TaskStatus& task) {
  if (task.state != topology::TaskStatus::State::stopped) return;  // its worker says when it rebuilds
  add(health, State::degraded, "partition " + std::to_string(task.partition),
      task.reason.empty() ? topology::to_string(task.state) : task.reason);
}

void add_worker(Health& health, const Worker& worker) {
  const std::string part = "worker " + worker.name;
  for (const auto& task : worker.tasks) add_task(health, task);
  switch (worker.state) {
    case Worker::State::degraded:
    case Worker::State::stopped:
      return add(health, State::degraded, part, worker.reason);
    case Worker::State::rebuilding:
      return add(health, State::rebuilding, part, worker.reason);
    case Worker::State::starting:
    case Worker::State::rebalancing:
      if (!worker.reason.empty()) return add(health, State::degraded, part, worker.reason);
      return add(health, State::starting, part, to_string(worker.state));
    case Worker::State::running:
      break;
  }
}

void add_view(Health& health, const ViewStatus& view) {
  const std::string part = view.name + " view";
  switch (view.state) {
    case ViewStatus::State::degraded:
    case ViewStatus::State::stopped:
      return add(health, State::degraded, part, view.reason.empty() ? to_string(view.state) : view.reason);
    case ViewStatus::State::starting:
      return add(health, State::starting, part, view.reason);
    case ViewStatus::State::catching_up:  // it answers, with its lag
    case ViewStatus::State::current:
      break;
  }
}

bool is_away(const catalog::Status& catalog) { return catalog.breaker != catalog::Breaker::State::closed; }

Json identity_json(std::int64_t unaccounted) { return {{"holds", unaccounted == 0}, {"off_by", unaccounted}}; }

Json side_json(const topology::TaskStatus::Side& side) {
  return {{"next_offset", side.next_offset},
          {"end", side.end < 0 ? Json(nullptr) : Json(side.end)},
          {"lag", side.end < 0 ? Json(nullptr) : Json(std::max<std::int64_t>(side.end - side.next_offset, 0))},
          {"stream_time", time_or_null(side.stream_time)},
          {"waiting", side.waiting},
          {"oldest_waiting", time_or_null(side.oldest_waiting)}};
}

template <class LastError>
Json last_error_json(const std::optional<LastError>& error) {
  if (!error) return nullptr;
  return {{"at", format_timestamp(error->at)}, {"message", error->message}};
}

Json worker_json(const Worker& worker) {
  Json tasks = Json::array();
  for (const auto& task : worker.tasks) {
    tasks.push_back({{"partition", task.partition},
                     {"state", topology::to_string(task.state)},
                     {"reason", task.reason},
                     {"store", task.on_disk ? "disk" : "memory"},
                     {"buffer_bytes", task.buffer_bytes},
                     {"payment", side_json(task.payment)},
                     {"stock", side_json(task.stock)}});
  }
  return {{"name", worker.name},
          {"state", topology::to_string(worker.state)},
          {"reason", worker.reason},
          {"commits", worker.commits},
          {"aborts", worker.aborts},
          {"recreated", worker.recreated},
          {"last_commit", time_or_null(worker.last_commit)},
          {"last_error", last_error_json(worker.last_error)},
          {"tasks", std::move(tasks)}};
}

Json latency_json(const Histogram& latency) {
  if (latency.count() == 0) return nullptr;
  return {{"p50_ms", latency.quantile(0.5).count()},
          {"p90_ms", latency.quantile(0.9).count()},
          {"p99_ms", latency.quantile(0.99).count()},
          {"max_ms", latency.max().count()},
          {"results", latency.count()}};
}

Json recent_latency_json(const Histogram& latency) {
  Json json = latency_json(latency);
  if (json.is_null()) return json;
  json["window_s"] = std::chrono::duration_cast<std::chrono::seconds>(topology::Latency::window).count();
  return json;
}

Json join_json(const topology::Status& join) {
  Json workers = Json::array();
  for (const auto& worker : join.workers) workers.push_back(worker_json(worker));
  const topology::Fates& fates = join.fates;
  return {{"fates",
           {{"read", fates.read},
            {"joined", fates.joined},
            {"unmatched", fates.unmatched},
            {"late", fates.late},
            {"duplicate", fates.duplicate},
            {"invalid", fates.invalid},
            {"skipped", fates.skipped},
            {"results", fates.results},
            {"refused", fates.refused},
            {"letters_dropped", fates.letters_dropped},
            {"carried", fates.carried}}},
          {"latency", recent_latency_json(join.latency.recent)},
          {"latency_total", latency_json(join.latency.total)},
          {"waiting", waiting(join)},
          {"identity", identity_json(unaccounted(join))},
          {"rebuilds", join.rebuilds},
          {"workers", std::move(workers)}};
}

Json view_json(const ViewStatus& view) {
  Json partitions = Json::array();
  for (const auto& p : view.partitions) {
    partitions.push_back(
        {{"partition", p.partition}, {"next_offset", p.next_offset}, {"end", p.end < 0 ? Json(nullptr) : Json(p.end)}});
  }
  return {{"name", view.name},
          {"state", view::to_string(view.state)},
          {"reason", view.reason},
          {"lag", view.lag()},
          {"read", view.read},
          {"applied", view.applied},
          {"superseded", view.superseded},
          {"tombstone", view.tombstone},
          {"missing", view.missing},
          {"invalid", view.invalid},
          {"failed", view.failed},
          {"letters_dropped", view.letters_dropped},
          {"identity", identity_json(unaccounted(view))},
          {"rebuilds", view.rebuilds},
          {"partitions", std::move(partitions)}};
}

Json intake_json(const intake::IntakeStatus& intake) {
  return {{"state", intake.degraded ? "degraded" : "running"},
          {"reason", intake.reason},
          {"accepted", intake.accepted},
          {"published", intake.published},
          {"repeated", intake.repeated},
          {"failed", intake.failed},
          {"unchecked", intake.unchecked},
          {"outbox", intake.outbox}};
}

Json catalog_json(const catalog::Status& catalog) {
  return {{"state", is_away(catalog) ? "degraded" : "running"},
          {"reason", catalog.reason},
          {"breaker", catalog::to_string(catalog.breaker)},
          {"unavailable", catalog.refuses ? "refuse" : "accept"},
          {"requests", catalog.requests},
          {"failures", catalog.failures},
          {"hits", catalog.hits},
          {"last_error", last_error_json(catalog.last_error)}};
}

Json api_json(const Refusals* refusals) {
  using Why = Refusals::Why;
  if (refusals == nullptr) return nullptr;
  Json refused = {{"token", refusals->of(Why::token)},
                  {"host", refusals->of(Why::host)},
                  {"busy", refusals->of(Why::busy)},
                  {"slow", refusals->of(Why::slow)}};
  Json api;
  api["refused"] = std::move(refused);
  return api;
}

Json configuration_json(const ConfigurationStatus& configuration) {
  return {{"reloaded", time_or_null(configuration.reloaded)},
          {"error", configuration.error ? Json(*configuration.error) : Json(nullptr)},
          {"restart_needed", configuration.restart_needed}};
}

template <class T, class ToJson>
Json or_null(const std::optional<T>& part, ToJson to_json) {
  return part ? to_json(*part) : Json(nullptr);
}

}  // namespace

std::string_view to_string(Health::State state) {
  switch (state) {
    case State::running:
      return "running";
    case State::starting:
      return "starting";
    case State::rebuilding:
      return "rebuilding";
    case State::degraded:
      return "degraded";
  }
  return "?";
}

Health health(const Snapshot& snapshot) {
  Health health;
  for (const auto& reason : snapshot.trouble) {
    health.state = State::degraded;
    health.reasons.push_back(reason);
  }
  if (snapshot.join) {
    if (snapshot.join->workers.empty()) add(health, State::starting, "join", "");
    for (const auto& worker : snapshot.join->workers) add_worker(health, worker);
  }
  if (snapshot.table) add_view(health, *snapshot.table);
  if (snapshot.database) add_view(health, *snapshot.database);
  if (snapshot.intake && snapshot.intake->degraded) add(health, State::degraded, "intake", snapshot.intake->reason);
  // Where orders are accepted all the same, clients need not go elsewhere.
  if (snapshot.catalog && snapshot.catalog->refuses && is_away(*snapshot.catalog)) {
    add(health, State::degraded, "catalog", snapshot.catalog->reason);
  }
  return health;
}

std::string status_json(const Identity& identity, const Snapshot& snapshot, Timestamp now) {
  const Health health = api::health(snapshot);
  std::string reason;
  for (const auto& part : health.reasons) reason += (reason.empty() ? "" : "; ") + part;
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(now - identity.started);
  return dump(
      {{"version", identity.version},
       {"application_id", identity.application_id},
       {"instance_id", identity.instance_id},
       {"state", to_string(health.state)},
       {"reason", reason},
       {"reasons", health.reasons},
       {"uptime_seconds", std::max<std::int64_t>(uptime.count(), 0)},
       {"started", format_timestamp(identity.started)},
       {"join", or_null(snapshot.join, join_json)},
       {"views", {{"table", or_null(snapshot.table, view_json)}, {"database", or_null(snapshot.database, view_json)}}},
       {"intake", or_null(snapshot.intake, intake_json)},
       {"catalog", or_null(snapshot.catalog, catalog_json)},
       {"api", api_json(snapshot.refusals)},
       {"configuration", or_null(snapshot.configuration, configuration_json)}});
}

std::string ready_json(const Health& health) {
  return dump({{"ready", health.ready()}, {"state", to_string(health.state)}, {"reasons", health.reasons}});
}

}  // namespace orders::api
