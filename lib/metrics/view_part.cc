#include <algorithm>
#include <array>

#include "metrics/page.h"

namespace orders::metrics {
namespace {

using view::ViewStatus;

constexpr std::array<std::string_view, 5> view_states{"starting", "catching_up", "current", "degraded", "stopped"};
constexpr std::array<std::pair<const char*, std::uint64_t ViewStatus::*>, 6> fate_names{
    {{"applied", &ViewStatus::applied},
     {"superseded", &ViewStatus::superseded},
     {"tombstone", &ViewStatus::tombstone},
     {"missing", &ViewStatus::missing},
     {"invalid", &ViewStatus::invalid},
     {"failed", &ViewStatus::failed}}};
/// A batch has at most 5,000.
constexpr auto batch_limits = [] {
  std::array<std::uint64_t, 13> limits{};
  for (std::size_t i = 0; i < limits.size(); ++i) limits[i] = 2ull << i;
  return limits;
}();

/// Of a view that is not known to be up to date because something is away the lag is what matters most.
bool ends_are_known(const ViewStatus& view) {
  return !view.partitions.empty() && std::ranges::all_of(view.partitions, [](const auto& at) { return at.end >= 0; });
}

void add_work(Page& page, const Snapshot& snapshot) {
  auto read = page.counter("ordersd_view_records_read_total", "Records of the topic of orders that were read.");
  auto fates = page.counter("ordersd_view_records_total", "Records by what became of them.");
  auto unaccounted = page.gauge("ordersd_view_unaccounted_records", "Records without a fate; 0, always.");
  auto lag = page.gauge("ordersd_view_lag_records", "Offsets still to be read, of all partitions.");
  auto rebuilds = page.counter("ordersd_view_rebuilds_total", "How often the view was built anew.");
  auto state = page.gauge("ordersd_view_state", "Whether the view is in this state.");
  for (const auto& [status, off_by] : snapshot.views) {
    const Labels labels{{"view", status.name}};
    read.add(status.read, labels);
    for (const auto& [fate, member] : fate_names) fates.add(status.*member, {{"view", status.name}, {"fate", fate}});
    unaccounted.add(off_by, labels);
    if (ends_are_known(status)) lag.add(status.lag(), labels);
    rebuilds.add(status.rebuilds, labels);
    add_states(state, view::to_string(status.state), view_states, labels);
  }
}

void add_stores(Page& page, const Snapshot& snapshot) {
  auto rows = page.gauge("ordersd_table_rows", "Rows of the table, by RocksDB's estimate.");
  auto disk = page.gauge("ordersd_table_disk_bytes", "The table on disk.");
  auto unflushed = page.gauge("ordersd_table_unflushed_bytes", "Of the table, what is only in memory.");
  auto memory = page.gauge("ordersd_rocksdb_memory_bytes", "RocksDB's memory, of table and buffers together.");
  auto limit = page.gauge("ordersd_rocksdb_memory_limit_bytes", "What RocksDB's memory may be.");
  if (snapshot.rocksdb_limit > 0) limit.add(snapshot.rocksdb_limit);
  const auto& table = snapshot.looked_up.table;
  if (!table) return;
  rows.add(table->rows);
  disk.add(table->disk_bytes);
  unflushed.add(table->unflushed_bytes);
  memory.add(table->memory_bytes);
}

void add_database(Page& page, const Snapshot& snapshot) {
  auto took = page.histogram("ordersd_database_transaction_duration_seconds",
                             "Of each batch that the database has taken: its transaction.");
  auto records = page.histogram("ordersd_database_batch_records", "Records of each batch that the database has taken.");
  for (const auto& view : snapshot.views) {
    if (view.status.name != "database") continue;
    took.add(view.status.batches.transactions, short_times());
    records.add(view.status.batches.records, batch_limits);
  }
}

}  // namespace

void add_views(Page& page, const Snapshot& snapshot) {
  add_work(page, snapshot);
  add_stores(page, snapshot);
  add_database(page, snapshot);
}

}  // namespace orders::metrics
