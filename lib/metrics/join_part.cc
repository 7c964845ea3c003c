#include <array>
#include <map>
#include <string>

#include "metrics/page.h"

namespace orders::metrics {
namespace {

using topology::RecordFates;
using topology::TaskStatus;
using topology::Totals;
using topology::WorkerStatus;

/// Milliseconds: finer where latencies mostly are.
constexpr std::array<std::uint64_t, 24> latency_limits{1,    2,    4,     8,     16,    24,     32,      48,
                                                       64,   96,   128,   192,   256,   512,    1024,    2048,
                                                       4096, 8192, 16384, 32768, 65536, 262144, 1048576, 4194304};
/// Milliseconds, to a day and a half.
constexpr auto lateness_limits = [] {
  std::array<std::uint64_t, 22> limits{};
  for (std::size_t i = 0; i < limits.size(); ++i) limits[i] = 64ull << i;
  return limits;
}();

constexpr std::array<std::string_view, 6> worker_states{"starting", "rebalancing", "rebuilding",
                                                        "running",  "degraded",    "stopped"};
constexpr std::array<std::string_view, 3> task_states{"rebuilding", "running", "stopped"};
constexpr std::array sides{join::Side::payment, join::Side::stock};

std::string name_of(join::Side side) { return std::string(to_string(side)); }

/// Of each partition once: while one moves from a worker to another, both may still tell of it.
std::map<std::int32_t, const TaskStatus*> tasks_of(const topology::Status& status) {
  std::map<std::int32_t, const TaskStatus*> tasks;
  for (const auto& worker : status.workers) {
    for (const auto& task : worker.tasks) {
      const auto [known, first] = tasks.try_emplace(task.partition, &task);
      if (!first && task.state == TaskStatus::State::running) known->second = &task;
    }
  }
  return tasks;
}

const TaskStatus::Side& side_of(const TaskStatus& task, join::Side side) {
  return side == join::Side::payment ? task.payment : task.stock;
}

void add_fates(Page& page, const Totals* totals) {
  auto read = page.counter("ordersd_join_records_read_total", "Records read.");
  auto fates = page.counter("ordersd_join_records_total", "Records by what became of them.");
  auto carried = page.gauge("ordersd_join_carried_records",
                            "Records that waited when their task was taken over, less those that waited when one was "
                            "given up.");
  if (totals == nullptr) return;
  static constexpr std::array<std::pair<const char*, std::uint64_t RecordFates::*>, 6> all{
      {{"joined", &RecordFates::joined},
       {"unmatched", &RecordFates::unmatched},
       {"late", &RecordFates::late},
       {"duplicate", &RecordFates::duplicate},
       {"invalid", &RecordFates::invalid},
       {"skipped", &RecordFates::skipped}}};
  for (const auto side : sides) {
    const auto& records = totals->fates.sides[static_cast<std::size_t>(side)];
    read.add(records.read, {{"side", name_of(side)}});
    for (const auto& [fate, member] : all) fates.add(records.*member, {{"side", name_of(side)}, {"fate", fate}});
    carried.add(records.carried, {{"side", name_of(side)}});
  }
}

void add_waiting(Page& page, const Join* join) {
  auto waiting = page.gauge("ordersd_join_waiting_records", "Records that wait for a partner.");
  auto oldest = page.gauge("ordersd_join_oldest_waiting_timestamp_seconds",
                           "The oldest timestamp of the records that wait for a partner, since 1970.");
  auto unaccounted = page.gauge("ordersd_join_unaccounted_records", "Records without a fate; 0, always.");
  if (join == nullptr) return;
  unaccounted.add(join->unaccounted);
  for (const auto side : sides) {
    std::uint64_t records = 0;
    std::optional<Timestamp> first;
    for (const auto& [partition, task] : tasks_of(join->status)) {
      if (task->state != TaskStatus::State::running) continue;
      const auto& here = side_of(*task, side);
      records += here.waiting;
      if (here.oldest_waiting && (!first || *here.oldest_waiting < *first)) first = here.oldest_waiting;
    }
    waiting.add(records, {{"side", name_of(side)}});
    if (first) oldest.add(*first, {{"side", name_of(side)}});
  }
}

void add_results(Page& page, const Join* join) {
  auto results = page.counter("ordersd_join_results_total", "Results published.");
  auto refused = page.counter("ordersd_join_results_refused_total",
                              "Results that could not be published, and became dead letters.");
  auto latency = page.histogram("ordersd_join_latency_seconds",
                                "Of every result published: from its timestamp, the higher of its two answers', to its "
                                "commit.");
  auto lateness = page.histogram("ordersd_join_lateness_seconds",
                                 "Of every late record: how far behind its side's stream time it came.");
  if (join == nullptr) return;
  const auto& totals = join->status.totals;
  results.add(totals.fates.results - totals.fates.refused);
  refused.add(totals.fates.refused);
  latency.add(join->status.latency.total, latency_limits);
  for (const auto side : sides)
    lateness.add(totals.lateness[static_cast<std::size_t>(side)], lateness_limits, {{"side", name_of(side)}});
}

void add_transactions(Page& page, const Join* join) {
  auto commits = page.counter("ordersd_join_commits_total", "Transactions committed.");
  auto aborts = page.counter("ordersd_join_aborts_total", "Transactions aborted.");
  auto recreated =
      page.counter("ordersd_join_producers_recreated_total", "Producers destroyed and made anew after an error.");
  auto last = page.gauge("ordersd_join_last_commit_timestamp_seconds", "When the last transaction was committed.");
  auto durations =
      page.histogram("ordersd_join_transaction_duration_seconds", "From the opening of a transaction to its commit.");
  auto ends = page.histogram("ordersd_join_commit_duration_seconds",
                             "From the sending of a transaction's offsets to its commit.");
  auto state = page.gauge("ordersd_join_worker_state", "Whether the worker is in this state.");
  auto damaged =
      page.counter("ordersd_join_damaged_buffers_total", "Buffers on disk that were damaged, and set aside.");
  if (join == nullptr) return;
  durations.add(join->status.totals.transactions, short_times());
  ends.add(join->status.totals.commits, short_times());
  damaged.add(join->status.rebuilds);
  for (const auto& worker : join->status.workers) {
    const Labels labels{{"worker", worker.name}};
    commits.add(worker.commits, labels);
    aborts.add(worker.aborts, labels);
    recreated.add(worker.recreated, labels);
    if (worker.last_commit) last.add(*worker.last_commit, labels);
    add_states(state, topology::to_string(worker.state), worker_states, labels);
  }
}

void add_sides(const TaskStatus& task, const std::string& partition, Family& lag, Family& stream) {
  for (const auto side : sides) {
    const auto& here = side_of(task, side);
    const Labels labels{{"side", name_of(side)}, {"partition", partition}};
    if (here.end >= 0) lag.add(std::max<std::int64_t>(here.end - here.next_offset, 0), labels);
    if (here.stream_time) stream.add(*here.stream_time, labels);
  }
}

void add_tasks(Page& page, const Join* join) {
  auto lag = page.gauge("ordersd_join_lag_records", "Offsets still to be read.");
  auto stream =
      page.gauge("ordersd_join_stream_timestamp_seconds", "Stream time: the highest timestamp so far, since 1970.");
  auto left =
      page.gauge("ordersd_join_rebuild_remaining_records", "Offsets that the rebuild of the buffer has still to read.");
  auto bytes = page.gauge("ordersd_join_buffer_bytes", "Memory of the buffer.");
  auto on_disk = page.gauge("ordersd_join_buffer_on_disk", "Whether the buffer is on disk.");
  auto state = page.gauge("ordersd_join_task_state", "Whether the task is in this state.");
  if (join == nullptr) return;
  for (const auto& [number, task] : tasks_of(join->status)) {
    const Labels labels{{"partition", std::to_string(number)}};
    add_states(state, topology::to_string(task->state), task_states, labels);
    if (task->state == TaskStatus::State::stopped) continue;
    add_sides(*task, std::to_string(number), lag, stream);
    left.add(task->rebuild ? task->rebuild->left() : 0, labels);
    bytes.add(task->buffer_bytes, labels);
    on_disk.add(task->on_disk ? 1.0 : 0.0, labels);
  }
}

}  // namespace

void add_join(Page& page, const Snapshot& snapshot) {
  const Join* join = snapshot.join ? &*snapshot.join : nullptr;
  add_fates(page, join == nullptr ? nullptr : &join->status.totals);
  add_waiting(page, join);
  add_results(page, join);
  add_transactions(page, join);
  add_tasks(page, join);
}

}  // namespace orders::metrics
