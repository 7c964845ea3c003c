// The daemon's HTTP interface: orders, the state store, status and health.
//
//   POST /api/orders            {customerId, items:[{productId, quantity, productPrice}]}; header Idempotency-Key
//     201 + Location            the order's members, "published": true, "topic", "partition", "offset"
//     200                       the key was used before: the order of that time, "existed": true
//     202 + Location            saved, "published": false: published when the broker is back
//     201, 202                  with "unchecked": true where the catalog was away and catalog.unavailable is accept
//     400                       problem with "errors": [{"member", "message"}]
//     415                       another Content-Type
//     422                       the key was used for another order
//     503 + Retry-After         the database or the catalog is away: nothing is saved
//   POST /api/orders/batch      application/x-ndjson, one request a line, at most 1,000 (else 413). With
//   Idempotency-Key K
//                               line n has the key "K/n", n counting from the header Batch-First-Line (default 1).
//                               NDJSON, one line a request, in order: {"line": n, "status": 201, "body": {…as above…}}
//   GET  /api/orders/{id}       the database's row: order, "createdAt", "updatedAt",
//                               "result": {partition, offset} or null
//   GET  /api/orders            ?status= &customer= &after= &limit=   {"orders": […], "next": ID or null}
//   GET  /api/orders/counts     {"counts": {"NEW": 3, …}, "total": 3}
//   GET  /api/orders/store/{id} the table's row: {"key", "partition", "offset", "timestamp", "lag", "value"}; a value
//                               that is not JSON stands in "value_base64". "timestamp" in milliseconds since the epoch
//   GET  /api/orders/store      ?status= &customer= &source= &since= (ms, of the record) &after= &limit=
//                               {"rows": […], "next": ID or null, "lag": N}; rows without "lag". A page looks at 50,000
//                               rows at the most: with a filter it may have less than `limit`, even none, and a "next"
//   GET  /api/orders/store      ?pageNo= &pageSize=   a list of the values alone: see numbered_pages.h
//   GET  /api/orders/store/count  ?status= &customer= &source= &since=   {"count": N, "lag": N}
//   GET  /api/orders/store/stats  rows (an estimate), sizes, levels, positions and ends: see table/json.h; with "lag"
//   POST /api/orders/store/flush  {"flushed": true}: what was in the table is in its files, for who reads those
//                               "lag": records of `orders` that the table has not read yet; null while that is not
//                               known
//   POST /api/views/table/rebuild     202: the table is set aside and built anew from `orders`
//   POST /api/views/database/position ?partition= &offset= &forget_results=true|false   moves the database view's
//                               position there, by compare-and-set: {"partition", "from", "to"}; rows forget the
//                               offsets of results of that partition (false)
//   GET  /api/join/waiting      ?partition= &side=payment|stock &after= &limit=   what waits for a partner, oldest first:
//                               see join_routes.h
//   GET  /api/log-level         see log_routes.h; PUT changes it
//   GET  /api/status            see status_json.h
//   GET  /                      the same as a page for people, HTML: see status_page.h
//   GET  /metrics               in Prometheus' text format: docs/metrics.md
//   GET  /api/topology          see graph/graph.h
//   GET  /api/openapi.json      all of this in OpenAPI 3.1
//   GET  /livez /readyz         200, or 503 with the reasons; HEAD too, as for every GET
//
// Over TCP every request needs "Authorization: Bearer TOKEN", else it is answered 401, and has to name in "Host" what it
// was sent to, else 400 or 421. Only /livez does not: who watches over processes seldom has the token, and it says
// nothing but that the process is there. /readyz, /api/status and /metrics name brokers, databases and what ails them.
// For / and /api/status "Authorization: Basic …" does as well, with any name and the token as the password: a browser
// asks for them and shows them. Over the Unix socket pages of somebody else are turned away: see strangers.h.
//
// Nothing may be cached (Cache-Control: no-store), and Accept is not looked at: there is one form of every answer.
//
// Limits: 503 + Retry-After when too many requests wait, and nothing of this one was done; 504 when it is not known in
// time whether an order was saved; 414 and 431 for a first line or headers beyond 32 KiB (without problem details).
//
// Ids are JSON numbers of 64 bits. `limit` is 1 to 1000, 100 where it is not given. What is not configured (no
// database) is 409, what is away 503. All errors are RFC 9457 problem details.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/server.h"
#include "api/status_json.h"
#include "api/status_page.h"
#include "base/log_levels.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "database/database.h"
#include "intake/intake.h"
#include "metrics/snapshot.h"
#include "table/table.h"
#include "graph/graph.h"
#include "topology/status.h"
#include "topology/waiting.h"
#include "view/view.h"

namespace orders::api {

/// The table's queries; table_queries() for the real one. Any thread.
class TableQueries {
 public:
  virtual ~TableQueries() = default;
  [[nodiscard]] virtual Result<std::optional<table::TableRow>> get(order::OrderId id) const = 0;
  /// As Table::peek(): never blocks.
  [[nodiscard]] virtual std::optional<std::optional<table::TableRow>> peek(order::OrderId id) const = 0;
  [[nodiscard]] virtual Result<table::Table::Page> list(std::optional<order::OrderId> after, std::size_t limit,
                                                        const table::Filter& filter) const = 0;
  [[nodiscard]] virtual Result<std::uint64_t> count(const table::Filter& filter) const = 0;
  [[nodiscard]] virtual Result<table::TableStats> stats() const = 0;
  [[nodiscard]] virtual Result<> flush() const = 0;
};

/// Over the table that `current` gives at the time; `wait` while it gives null.
[[nodiscard]] std::unique_ptr<TableQueries> table_queries(std::function<std::shared_ptr<const table::Table>()> current);

/// What the routes answer from. Everything must outlive the server; the functions are called from any thread and must
/// not block, but for `waiting` and `topology`.
struct Services {
  std::string version;
  std::string application_id;
  std::string instance_id;
  Timestamp started;

  std::function<topology::Status()> join;             ///< null: there is none
  /// Answered by the join's threads; waits for them, two seconds at the most. Null: there is no join.
  std::function<Result<topology::WaitingPage>(const topology::WaitingQuery&)> waiting;
  std::function<view::ViewStatus()> table_status;     ///< null: there is none
  std::function<view::ViewStatus()> database_status;  ///< null: there is none (backend `none`)
  std::function<std::vector<std::string>()>
      trouble;  ///< reasons for `degraded` that only the wiring knows; may be null

  std::function<void()> rebuild_table;  ///< null: there is none
  /// May wait for the broker, two seconds at the most. Null: there is none.
  std::function<graph::Graph()> topology;
  std::function<ConfigurationStatus()> configuration;  ///< null: it is never read anew
  LogLevels* log_levels = nullptr;                     ///< null: the level can't be changed

  const TableQueries* table = nullptr;
  intake::Intake* intake = nullptr;        ///< null: the backend is `none`
  catalog::Catalog* catalog = nullptr;     ///< null: no catalog
  database::Database* database = nullptr;  ///< null: the backend is `none`
  /// How long a new order may take to be saved and published before its client hears that this is not known. Less than
  /// clients wait.
  Milliseconds create_within{25'000};
  std::shared_ptr<const Refusals> refusals;  ///< of the server; may be null
  std::shared_ptr<const Requests> requests;  ///< the same
  std::function<metrics::LookedUp()> looked_up;  ///< null: nobody looks
  std::uint64_t rocksdb_limit = 0;               ///< bytes that RocksDB may take; 0: not known
  PageSettings page;
  Milliseconds history_interval{0};  ///< how often a sample for the page is taken, by a thread of its own; 0: never
};

[[nodiscard]] std::vector<Route> routes(const Services& services);
/// What the parts say of themselves now.
[[nodiscard]] Snapshot snapshot(const Services& services);

}  // namespace orders::api
