#include "api/metrics_route.h"

#include <array>

#include "api/accounts.h"
#include "base/guarded_thread.h"
#include "metrics/snapshot.h"

namespace orders::api {
namespace {

void add_parts(metrics::Snapshot& page, const Snapshot& snapshot) {
  if (snapshot.join) page.join = metrics::Join{*snapshot.join, unaccounted(*snapshot.join)};
  for (const auto* view : {&snapshot.table, &snapshot.database}) {
    if (*view) page.views.push_back({**view, unaccounted(**view)});
  }
  page.intake = snapshot.intake;
  page.catalog = snapshot.catalog;
}

void add_api(metrics::Snapshot& page, const Services& services) {
  using Why = Refusals::Why;
  static constexpr std::array<std::pair<std::string_view, Why>, 4> whys{
      {{"token", Why::token}, {"host", Why::host}, {"busy", Why::busy}, {"slow", Why::slow}}};
  if (services.refusals) {
    for (const auto& [name, why] : whys) page.refusals.emplace_back(name, services.refusals->of(why));
  }
  if (services.requests) page.requests = services.requests->all();
}

void add_process(metrics::Snapshot& page) {
  page.log = log_counts();
  page.watchdog = heartbeat::looks();
  page.thread_restarts = thread_restarts();
  page.process = metrics::process();
}

}  // namespace

Reply metrics_page(const Services& services, const Snapshot& snapshot) {
  using State = Health::State;
  const Health health = api::health(snapshot);
  metrics::Snapshot page;
  page.version = services.version;
  page.application_id = services.application_id;
  page.instance_id = services.instance_id;
  page.state = to_string(health.state);
  for (const auto state : {State::running, State::starting, State::rebuilding, State::degraded})
    page.states.push_back(to_string(state));
  page.reasons = health.reasons.size();
  add_parts(page, snapshot);
  add_api(page, services);
  add_process(page);
  page.rocksdb_limit = services.rocksdb_limit;
  if (services.looked_up) page.looked_up = services.looked_up();
  Reply reply;
  reply.content_type = metrics::content_type;
  reply.body = metrics::render(page);
  return reply;
}

}  // namespace orders::api
