// A snapshot with something of everything.
#pragma once

#include "metrics/snapshot.h"

namespace orders::metrics {

inline topology::Status made_join() {
  topology::Status join;
  auto& payment = join.totals.fates.sides[0];
  payment.read = 10;
  payment.joined = 5;
  payment.unmatched = 1;
  payment.late = 2;
  payment.duplicate = 1;
  payment.invalid = 1;
  payment.skipped = 1;
  payment.carried = 3;
  join.totals.fates.sides[1].read = 7;
  join.totals.fates.sides[1].joined = 7;
  join.totals.fates.results = 6;
  join.totals.fates.refused = 1;
  join.totals.lateness[0].add(Milliseconds{100});
  join.totals.lateness[0].add(Milliseconds{70'000});
  failure::count(join.totals.letters, failure::Reason::late);
  join.totals.transactions.add(std::chrono::microseconds{1'500});
  join.totals.commits.add(std::chrono::microseconds{900});
  join.totals.retries.add(ErrorClass::abort);
  join.latency.total.add(Milliseconds{5});
  join.latency.total.add(Milliseconds{1'999});
  join.rebuilds = 1;
  topology::TaskStatus task{
      .partition = 3, .state = topology::TaskStatus::State::running, .reason = {}, .payment = {}, .stock = {}};
  task.payment = {.next_offset = 40,
                  .end = 42,
                  .stream_time = from_millis(1'700'000'000'250),
                  .waiting = 2,
                  .oldest_waiting = from_millis(1'700'000'000'000)};
  task.buffer_bytes = 512;
  topology::WorkerStatus worker;
  worker.name = "one-0";
  worker.state = topology::WorkerStatus::State::running;
  worker.commits = 4;
  worker.last_commit = from_millis(1'700'000'001'000);
  worker.tasks = {task};
  join.workers = {worker};
  return join;
}

inline view::ViewStatus made_view(const std::string& name) {
  view::ViewStatus view;
  view.name = name;
  view.state = view::ViewStatus::State::current;
  view.read = 9;
  view.applied = 8;
  view.invalid = 1;
  failure::count(view.letters, failure::Reason::invalid_key);
  view.partitions = {{0, 7, 9}};
  view.batches.transactions.add(std::chrono::microseconds{3'000});
  view.batches.records.add(9);
  return view;
}

inline Snapshot made_snapshot() {
  Snapshot snapshot;
  snapshot.version = "1.2.3";
  snapshot.application_id = "orders";
  snapshot.instance_id = "one";
  snapshot.state = "degraded";
  snapshot.states = {"running", "starting", "rebuilding", "degraded"};
  snapshot.reasons = 2;
  snapshot.join = Join{made_join(), 0};
  snapshot.views = {{made_view("table"), 0}, {made_view("database"), 0}};
  snapshot.intake.emplace();
  snapshot.intake->accepted = 12;
  snapshot.intake->outbox = 1;
  snapshot.intake->unchecked = 3;
  snapshot.catalog.emplace();
  snapshot.catalog->breaker = catalog::Breaker::State::half_open;
  snapshot.catalog->requests = 9;
  snapshot.catalog->failures = 2;
  snapshot.refusals = {{"token", 1}, {"host", 0}, {"busy", 2}, {"slow", 0}};
  RouteRequests requests{"GET", "/api/orders/{id}", {{200, 3}, {404, 1}}, {}};
  for (int i = 0; i < 4; ++i) requests.took.add(std::chrono::microseconds{700});
  snapshot.requests = {requests};
  snapshot.rocksdb_limit = 128u << 20;
  snapshot.looked_up.table = {100, 2'000, 300, 4'000};
  snapshot.looked_up.dead_letters = {5, from_millis(1'700'000'002'000)};
  snapshot.log = {0, 1, 2, 3, 4, 5};
  snapshot.watchdog = {77, Milliseconds{1'250}};
  snapshot.thread_restarts = 1;
  snapshot.process = {1.5, 1'000, 2'000, 11, 1'024, 1'700'000'000.25};
  return snapshot;
}

}  // namespace orders::metrics
