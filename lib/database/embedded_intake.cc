// New orders and their outbox rows.
#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "database/embedded_codec.h"
#include "database/embedded_session.h"
#include "database/refusal.h"

namespace orders::database {
namespace {

/// All rows of the outbox, oldest first.
Result<std::vector<OutboxRow>> read_outbox(const EmbeddedStore& owner, const rocks::Store& store) {
  std::vector<OutboxRow> rows;
  auto cursor = store.scan("x");
  for (; cursor.valid(); cursor.next()) {
    auto row = decode_outbox(id_of_key(cursor.key()), cursor.value());
    if (!row) return fail(corrupt(owner.options(), "a row of the outbox"));
    rows.push_back(std::move(*row));
  }
  if (auto status = cursor.status(); !status) return fail(status.error());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const OutboxRow& a, const OutboxRow& b) { return a.created < b.created; });
  return rows;
}

/// One call of save_new.
class NewOrders {
 public:
  NewOrders(const EmbeddedStore& owner, rocks::Store& store, std::string_view claimant)
      : owner_(owner), store_(store), claimant_(claimant) {}

  Result<> add(const NewOrder& request) {
    if (!request.idempotency_key.empty()) {
      auto earlier = find_earlier(request.idempotency_key);
      if (!earlier) return fail(earlier.error());
      if (*earlier) {
        saved_.push_back(**std::move(earlier));
        return {};
      }
    }
    return insert(request);
  }

  Result<std::vector<Saved>> finish() {
    if (auto written = store_.write(batch_, true); !written) return fail(written.error());
    return std::move(saved_);
  }

 private:
  Result<std::optional<Saved>> find_earlier(const std::string& key) {
    if (const auto found = keys_.find(key); found != keys_.end()) return Saved{saved_[found->second].order, true, true};
    const auto bytes = store_.get(idempotency_key(key));
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return std::nullopt;
    const auto id = decode_number(**bytes);
    auto row = read_row(owner_, store_, id.value_or(0));
    if (!row) return fail(row.error());
    if (!id || !*row) return fail(corrupt(owner_.options(), "an idempotency key without its order"));
    const auto pending = store_.get(outbox_key(*id));
    if (!pending) return fail(pending.error());
    return Saved{std::move((*row)->order), true, pending->has_value()};
  }

  Result<> insert(const NewOrder& request) {
    const OrderId id = request.order.id;
    const std::string name = "order " + std::to_string(id);
    if (auto problem = repeated_item(request.order.items)) return fail(ErrorClass::record, name + ": " + *problem);
    const auto there = store_.get(order_key(id));
    if (!there) return fail(there.error());
    if (*there || !ids_.insert(id).second) {
      return fail(ErrorClass::abort, "a new order's id is taken already; nothing was saved", "try again with new ids");
    }
    insert_row(batch_, {request.order, now_, now_, -1, -1});
    batch_.put(outbox_key(id), encode(OutboxRow{id, std::string(claimant_), now_}));
    if (!request.idempotency_key.empty()) {
      batch_.put(idempotency_key(request.idempotency_key), encode_number(id));
      keys_.emplace(request.idempotency_key, saved_.size());
    }
    saved_.push_back({.order = request.order});
    return {};
  }

  const EmbeddedStore& owner_;
  rocks::Store& store_;
  std::string_view claimant_;
  const Timestamp now_ = wall_clock_now();
  rocks::Batch batch_;
  std::vector<Saved> saved_;
  std::unordered_map<std::string, std::size_t> keys_;
  std::unordered_set<OrderId> ids_;
};

}  // namespace

Result<std::vector<Saved>> EmbeddedSession::save_new(std::span<const NewOrder> orders, std::string_view claimant) {
  if (orders.empty()) return std::vector<Saved>{};
  auto store = store_.lock();
  if (!store) return fail(store.error());
  NewOrders work(store_, **store, claimant);
  for (const auto& request : orders) {
    if (auto added = work.add(request); !added) return fail(added.error());
  }
  return work.finish();
}

Result<std::vector<OutboxRow>> EmbeddedSession::outbox(std::string_view claimant, std::size_t limit) {
  auto store = store_.lock();
  if (!store) return fail(store.error());
  // This asks who saves new orders. While they can't be saved that is to show, though all that is here can be read.
  if (auto writable = (*store)->recover(); !writable) return fail(writable.error());
  auto rows = read_outbox(store_, **store);
  if (!rows) return rows;
  std::erase_if(*rows, [&](const OutboxRow& row) { return row.claimant != claimant; });
  if (rows->size() > limit) rows->resize(limit);
  return rows;
}

Result<std::vector<std::string>> EmbeddedSession::outbox_claimants(Milliseconds age) {
  auto store = store_.lock();
  if (!store) return fail(store.error());
  const auto rows = read_outbox(store_, **store);
  if (!rows) return fail(rows.error());
  const Timestamp before = wall_clock_now() - age;
  std::set<std::string> claimants;
  for (const auto& row : *rows) {
    if (row.created < before) claimants.insert(row.claimant);
  }
  return std::vector<std::string>(claimants.begin(), claimants.end());
}

Result<std::uint64_t> EmbeddedSession::outbox_claim(std::string_view from, std::string_view to) {
  auto store = store_.lock();
  if (!store) return fail(store.error());
  auto rows = read_outbox(store_, **store);
  if (!rows) return fail(rows.error());
  rocks::Batch batch;
  std::uint64_t moved = 0;
  for (auto& row : *rows) {
    if (row.claimant != from) continue;
    row.claimant = to;
    batch.put(outbox_key(row.order_id), encode(row));
    ++moved;
  }
  if (batch.empty()) return moved;
  if (auto written = (*store)->write(batch, true); !written) return fail(written.error());
  return moved;
}

Result<> EmbeddedSession::outbox_remove(std::span<const OrderId> ids) {
  if (ids.empty()) return {};
  auto store = store_.lock();
  if (!store) return fail(store.error());
  rocks::Batch batch;
  for (const OrderId id : ids) batch.remove(outbox_key(id));
  return (*store)->write(batch, true);
}

Result<std::uint64_t> EmbeddedSession::outbox_depth() {
  auto store = store_.lock();
  if (!store) return fail(store.error());
  std::uint64_t depth = 0;
  auto cursor = (*store)->scan("x");
  for (; cursor.valid(); cursor.next()) ++depth;
  if (auto status = cursor.status(); !status) return fail(status.error());
  return depth;
}

}  // namespace orders::database
