// A view's batch and its positions in one write.
#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "database/embedded_codec.h"
#include "database/embedded_session.h"
#include "database/plan.h"
#include "database/refusal.h"

namespace orders::database {
namespace {

class Applier {
 public:
  Applier(const EmbeddedStore& owner, rocks::Store& store, const Batch& batch)
      : owner_(owner), store_(store), batch_(batch) {}

  Result<Applied> run() {
    if (auto moved = move_positions(); !moved) return fail(moved.error());
    if (auto forgotten = forget_results(); !forgotten) return fail(forgotten.error());
    if (auto read = read_rows(); !read) return fail(read.error());
    std::vector<std::size_t> indices(batch_.changes.size());
    std::iota(indices.begin(), indices.end(), 0);
    const auto missing_order = owner_.options().config.missing_order;
    Plan plan = make_plan(batch_.changes, indices, stored_, missing_order);
    while (take_out_refused(plan, indices)) plan = make_plan(batch_.changes, indices, stored_, missing_order);
    write(plan);
    std::sort(plan.missing.begin(), plan.missing.end());
    std::ranges::sort(refused_, {}, &Refusal::change);
    const Applied applied{plan.inserts.size() + plan.updates.size(), plan.superseded, std::move(plan.missing),
                          std::move(refused_)};
    if (batch_.before_commit) {
      if (auto ready = batch_.before_commit(applied); !ready) return fail(ready.error());
    }
    if (auto written = store_.write(changes_, true); !written) return fail(written.error());
    return applied;
  }

 private:
  Result<> move_positions() {
    for (const auto& move : batch_.moves) {
      const auto key = position_key(owner_.options().application_id, owner_.options().topic, move.partition);
      const auto bytes = store_.get(key);
      if (!bytes) return fail(bytes.error());
      const auto found = *bytes ? decode_number(**bytes) : std::optional<std::int64_t>(0);
      if (!found) return fail(corrupt(owner_.options(), "a position"));
      if (*found != move.expected) {
        return fail(ErrorClass::abort, "the position of " + owner_.options().topic +
                                           " is not the expected one, so another writer moved it; found: partition " +
                                           std::to_string(move.partition) + " at " + std::to_string(*found));
      }
      changes_.put(key, encode_number(move.next));
    }
    return {};
  }

  /// True when the row had something to forget.
  bool forget(OrderRow& row) const {
    if (std::ranges::find(batch_.forgotten, row.result_partition) == batch_.forgotten.end()) return false;
    row.result_partition = -1;
    row.result_offset = -1;
    return true;
  }

  Result<> forget_results() {
    if (batch_.forgotten.empty()) return {};
    auto cursor = store_.scan("o");
    for (; cursor.valid(); cursor.next()) {
      const OrderId id = id_of_key(cursor.key());
      auto row = decode_order(id, cursor.value());
      if (!row) return fail(corrupt(owner_.options(), "order " + std::to_string(id)));
      if (forget(*row)) changes_.put(cursor.key(), encode(*row));
    }
    return cursor.status();
  }

  Result<> read_rows() {
    for (const auto& change : batch_.changes) {
      if (stored_.contains(change.order_id)) continue;
      auto row = read_row(owner_, store_, change.order_id);
      if (!row) return fail(row.error());
      if (!*row) continue;
      forget(**row);
      stored_.emplace(change.order_id, StoredResult{(*row)->result_partition, (*row)->result_offset});
      rows_.emplace(change.order_id, std::move(**row));
    }
    return {};
  }

  /// RocksDB takes any bytes; only what no database of orders may hold is refused here.
  bool take_out_refused(const Plan& plan, std::vector<std::size_t>& indices) {
    bool any = false;
    for (const std::size_t index : plan.inserts) {
      auto problem = repeated_item(batch_.changes[index].order.items);
      if (!problem) continue;
      refused_.push_back({index, std::move(*problem)});
      std::erase(indices, index);
      any = true;
    }
    return any;
  }

  void write(const Plan& plan) {
    const Timestamp now = wall_clock_now();
    for (const std::size_t index : plan.inserts) {
      const Change& change = batch_.changes[index];
      OrderRow row{change.order, storable(change.timestamp), now, -1, -1};
      if (!change.is_new) {
        row.result_partition = change.partition;
        row.result_offset = change.offset;
      }
      rows_[change.order_id] = row;
      insert_row(changes_, std::move(row));
    }
    for (const std::size_t index : plan.updates) {
      const Change& change = batch_.changes[index];
      OrderRow& row = rows_.at(change.order_id);
      changes_.remove(status_key(row.order.status, change.order_id));
      row.order.status = change.order.status;
      row.order.source = change.order.source;
      row.result_partition = change.partition;
      row.result_offset = change.offset;
      row.updated = now;
      insert_row(changes_, row);
    }
  }

  const EmbeddedStore& owner_;
  rocks::Store& store_;
  const Batch& batch_;
  StoredRows stored_;
  std::unordered_map<OrderId, OrderRow> rows_;
  std::vector<Refusal> refused_;
  rocks::Batch changes_;
};

}  // namespace

Result<std::vector<Position>> EmbeddedSession::positions() {
  auto store = store_.lock();
  if (!store) return fail(store.error());
  const std::string prefix = positions_prefix(store_.options().application_id, store_.options().topic);
  std::vector<Position> found;
  auto cursor = (*store)->scan(prefix);
  for (; cursor.valid(); cursor.next()) {
    const auto next_offset = decode_number(cursor.value());
    if (!next_offset || cursor.key().size() != prefix.size() + 4) return fail(corrupt(store_.options(), "a position"));
    found.push_back({static_cast<std::int32_t>(load_be32(cursor.key().data() + prefix.size())), *next_offset});
  }
  if (auto status = cursor.status(); !status) return fail(status.error());
  return found;
}

Result<Applied> EmbeddedSession::apply(const Batch& batch) {
  auto store = store_.lock();
  if (!store) return fail(store.error());
  return Applier(store_, **store, batch).run();
}

}  // namespace orders::database
