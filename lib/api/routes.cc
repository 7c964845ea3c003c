#include "api/routes.h"

#include <memory>
#include <utility>

#include "api/join_routes.h"
#include "api/json_text.h"
#include "api/log_routes.h"
#include "api/metrics_route.h"
#include "api/openapi.h"
#include "api/order_routes.h"
#include "api/parameters.h"
#include "api/query_routes.h"
#include "api/status_page.h"
#include "api/view_routes.h"

namespace orders::api {
namespace {

template <class Status>
std::optional<Status> ask(const std::function<Status()>& part) {
  return part ? std::optional<Status>(part()) : std::nullopt;
}

}  // namespace

Snapshot snapshot(const Services& services) {
  Snapshot snapshot;
  snapshot.join = ask(services.join);
  snapshot.table = ask(services.table_status);
  snapshot.database = ask(services.database_status);
  if (services.intake != nullptr) snapshot.intake = services.intake->status();
  if (services.catalog != nullptr) snapshot.catalog = services.catalog->status();
  if (services.trouble) snapshot.trouble = services.trouble();
  snapshot.refusals = services.refusals.get();
  snapshot.configuration = ask(services.configuration);
  return snapshot;
}

namespace {

Reply ready(const Services& services) {
  const Health health = api::health(snapshot(services));
  Reply reply;
  reply.status = health.ready() ? 200 : 503;
  if (!health.ready()) reply.headers.emplace_back("Retry-After", "1");
  reply.body = ready_json(health);
  return reply;
}

std::string status_text(const Services& services) {
  return status_json({services.version, services.application_id, services.instance_id, services.started},
                     snapshot(services), wall_clock_now());
}

Reply status(const Services& services) {
  Reply reply;
  reply.body = status_text(services);
  return reply;
}

void add_page(std::vector<Route>& routes, const std::shared_ptr<const Services>& services) {
  std::shared_ptr<const page::Sampler> sampler;
  if (services->history_interval > Milliseconds{0}) {
    const auto status = [services] { return status_text(*services); };
    sampler = std::make_shared<page::Sampler>(status, services->history_interval);
  }
  Route page{"GET", "/", [services, sampler](const Request&) {
               const auto* history = sampler ? &sampler->history() : nullptr;
               return status_page(status_text(*services), services->page, history, wall_clock_now());
             }};
  page.immediate = true;
  page.basic = Route::Basic::asked_for;
  routes.push_back(std::move(page));
}

void add_health(std::vector<Route>& routes, const std::shared_ptr<const Services>& services) {
  Route alive{"GET", "/livez", [](const Request&) {
                Reply reply;
                reply.body = R"({"alive":true})";
                return reply;
              }};
  alive.immediate = true;
  alive.open = true;
  routes.push_back(std::move(alive));
  routes.push_back({"GET", "/readyz", [services](const Request&) { return ready(*services); }, true});
  Route shown{"GET", "/api/status", [services](const Request&) { return status(*services); }};
  shown.immediate = true;
  shown.basic = Route::Basic::taken;
  routes.push_back(std::move(shown));
  routes.push_back(
      {"GET", "/metrics", [services](const Request&) { return metrics_page(*services, snapshot(*services)); }, true});
}

using Create = Reply (*)(intake::Intake&, catalog::Catalog*, Milliseconds, const Request&);
using Query = Reply (*)(SessionPool&, const Request&);
using TableQuery = Reply (*)(const TableQueries&, Lag, const Request&);

void add_orders(std::vector<Route>& routes, const std::shared_ptr<const Services>& services,
                const std::shared_ptr<SessionPool>& sessions) {
  const auto create = [&](const char* pattern, const char* type, Create handler) {
    Route route{"POST", pattern, [services, handler](const Request& request) {
                  if (services->intake == nullptr) return no_database();
                  return handler(*services->intake, services->catalog, services->create_within, request);
                }};
    route.commits = true;
    route.takes = {type};
    routes.push_back(std::move(route));
  };
  const auto query = [&](const char* pattern, Query handler) {
    routes.push_back({"GET", pattern, [sessions, handler](const Request& request) {
                        return sessions ? handler(*sessions, request) : no_database();
                      }});
  };
  create("/api/orders", "application/json", create_order);
  create("/api/orders/batch", "application/x-ndjson", create_orders);
  query("/api/orders", list_orders);
  query("/api/orders/{id}", find_order);
  query("/api/orders/counts", count_orders);
}

Lag lag_of_table(const Services& services) {
  const auto status = ask(services.table_status);
  return status ? status->known_lag() : std::nullopt;
}

Reply no_table() { return problem(409, "Conflict", "this daemon keeps no state store"); }

void add_table(std::vector<Route>& routes, const std::shared_ptr<const Services>& services) {
  const auto query = [&](const char* pattern, TableQuery handler) {
    routes.push_back({"GET", pattern, [services, handler](const Request& request) {
                        if (services->table == nullptr) return no_table();
                        return handler(*services->table, lag_of_table(*services), request);
                      }});
  };
  query("/api/orders/store", list_rows);
  query("/api/orders/store/count", count_rows);
  query("/api/orders/store/{id}", find_row);
  routes.back().at_once = [services](const Request& request) {
    return services->table == nullptr ? no_table() : peek_row(*services->table, lag_of_table(*services), request);
  };
  routes.push_back({"GET", "/api/orders/store/stats", [services](const Request& request) {
                      if (services->table == nullptr) return no_table();
                      return table_stats(*services->table, ask(services->table_status), request);
                    }});
  routes.push_back({"POST", "/api/orders/store/flush", [services](const Request& request) {
                      return services->table == nullptr ? no_table() : flush_table(*services->table, request);
                    }});
}

void add_join(std::vector<Route>& routes, const std::shared_ptr<const Services>& services) {
  routes.push_back({"GET", "/api/join/waiting", [services](const Request& request) {
                      if (!services->waiting) return problem(409, "Conflict", "this daemon runs no join");
                      return list_waiting(services->waiting, request);
                    }});
}

void add_descriptions(std::vector<Route>& routes, const std::shared_ptr<const Services>& services) {
  routes.push_back({"GET", "/api/topology", [services](const Request& request) {
                      if (auto refused = Parameters(request, {}).refused()) return std::move(*refused);
                      if (!services->topology) return problem(409, "Conflict", "this daemon shows no topology");
                      Reply reply;
                      reply.body = graph::graph_json(services->topology());
                      return reply;
                    }});
  routes.push_back({"GET", "/api/openapi.json", [services](const Request&) {
                      Reply reply;
                      reply.body = openapi_json(services->version);
                      return reply;
                    }});
}

void add_views(std::vector<Route>& routes, const std::shared_ptr<const Services>& services,
               const std::shared_ptr<SessionPool>& sessions) {
  routes.push_back({"POST", "/api/views/table/rebuild", [services](const Request& request) {
                      if (!services->rebuild_table) {
                        return problem(409, "Conflict", "this daemon keeps no state store");
                      }
                      return rebuild_table(services->rebuild_table, request);
                    }});
  routes.push_back({"POST", "/api/views/database/position", [sessions](const Request& request) {
                      return sessions ? set_database_position(*sessions, request) : no_database();
                    }});
}

void add_log(std::vector<Route>& routes, const std::shared_ptr<const Services>& services) {
  const auto add = [&](const char* method, auto answer) {
    const auto handler = [services, answer](const Request& request) {
      if (services->log_levels == nullptr) return problem(409, "Conflict", "this daemon's log level stays as it is");
      return answer(*services->log_levels, request);
    };
    Route route{method, "/api/log-level", handler, true};  // while all else hangs it is needed most
    if (route.method == "PUT") route.takes = {"application/json"};
    routes.push_back(std::move(route));
  };
  add("GET", log_level);
  add("PUT", set_log_level);
}

}  // namespace

std::vector<Route> routes(const Services& services) {
  const auto shared = std::make_shared<const Services>(services);
  std::shared_ptr<SessionPool> sessions;
  if (services.database != nullptr) sessions = std::make_shared<SessionPool>(*services.database);
  std::vector<Route> routes;
  add_health(routes, shared);
  add_page(routes, shared);
  add_orders(routes, shared, sessions);
  add_table(routes, shared);
  add_views(routes, shared, sessions);
  add_join(routes, shared);
  add_log(routes, shared);
  add_descriptions(routes, shared);
  return routes;
}

}  // namespace orders::api
