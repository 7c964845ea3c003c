#include "database/plan.h"

#include <algorithm>
#include <optional>

namespace orders::database {
namespace {

/// One order on its way through the batch.
struct Progress {
  bool exists = false;
  StoredResult stored;
  std::optional<std::size_t> insert;  ///< the change that inserts it
  bool inserted_by_result = false;
  std::optional<std::size_t> update;  ///< the newest result so far

  [[nodiscard]] std::optional<std::size_t> result_insert() const { return inserted_by_result ? insert : std::nullopt; }
};

class Planner {
 public:
  Planner(std::span<const Change> changes, const StoredRows& rows, config::MissingOrder missing_order)
      : changes_(changes), rows_(rows), missing_order_(missing_order) {}

  void take(std::size_t index) {
    const Change& change = changes_[index];
    Progress& order = progress(change.order_id);
    if (!order.exists) {
      insert(order, index);
    } else if (change.is_new || !is_newest(change, order)) {
      ++plan_.superseded;
    } else {
      if (order.update) ++plan_.superseded;  // the one before it
      order.update = index;
    }
  }

  Plan finish() {
    for (const auto& [id, order] : orders_) {
      if (order.insert) plan_.inserts.push_back(*order.insert);
      if (order.update) plan_.updates.push_back(*order.update);
    }
    return std::move(plan_);
  }

 private:
  Progress& progress(OrderId id) {
    const auto [entry, is_first] = orders_.try_emplace(id);
    if (is_first) {
      if (const auto row = rows_.find(id); row != rows_.end()) {
        entry->second.exists = true;
        entry->second.stored = row->second;
      }
    }
    return entry->second;
  }

  void insert(Progress& order, std::size_t index) {
    const Change& change = changes_[index];
    const bool allowed = change.is_new || missing_order_ == config::MissingOrder::create;
    if (!allowed || !change.insertable) {
      plan_.missing.push_back(index);
      return;
    }
    order.exists = true;
    order.insert = index;
    order.inserted_by_result = !change.is_new;
    if (order.inserted_by_result) order.stored = {change.partition, change.offset};
  }

  [[nodiscard]] bool is_newest(const Change& change, const Progress& order) const {
    if (!is_newer(change, order.stored)) return false;
    const auto latest = order.update ? order.update : order.result_insert();
    if (!latest) return true;
    const Change& other = changes_[*latest];
    if (change.partition == other.partition) return change.offset > other.offset;
    return change.timestamp >= other.timestamp;
  }

  std::span<const Change> changes_;
  const StoredRows& rows_;
  config::MissingOrder missing_order_;
  std::unordered_map<OrderId, Progress> orders_;
  Plan plan_;
};

}  // namespace

bool is_newer(const Change& change, const StoredResult& stored) {
  return change.partition != stored.partition || change.offset > stored.offset;
}

Plan make_plan(std::span<const Change> changes, std::span<const std::size_t> indices, const StoredRows& rows,
               config::MissingOrder missing_order) {
  Planner planner(changes, rows, missing_order);
  for (const std::size_t index : indices) planner.take(index);
  Plan plan = planner.finish();
  // By id: two writers that meet at the same orders then wait for one another instead of deadlocking.
  const auto by_id = [&](std::size_t a, std::size_t b) { return changes[a].order_id < changes[b].order_id; };
  std::sort(plan.inserts.begin(), plan.inserts.end(), by_id);
  std::sort(plan.updates.begin(), plan.updates.end(), by_id);
  return plan;
}

Timestamp storable(Timestamp timestamp) {
  constexpr Timestamp last = from_millis(253'402'300'799'999);  // 9999-12-31T23:59:59.999Z
  return std::clamp(timestamp, Timestamp{}, last);
}

}  // namespace orders::database
