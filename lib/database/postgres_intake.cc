// New orders and their outbox rows.
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "database/array.h"
#include "database/postgres_rows.h"
#include "database/postgres_session.h"
#include "database/refusal.h"

namespace orders::database {
namespace {

/// One call of save_new, within its transaction.
class NewOrders {
 public:
  NewOrders(Transaction& transaction, std::span<const NewOrder> orders, std::string_view claimant)
      : transaction_(transaction), orders_(orders), claimant_(claimant) {}

  Result<std::vector<Saved>> save() {
    choose_candidates();
    insert_candidates();
    insert_children();
    if (auto found = read_earlier(); !found) return fail(found.error());
    return answers();
  }

 private:
  /// Those without a key, and the first of each key. By key, so that two sessions with the same keys wait for one
  /// another instead of deadlocking.
  void choose_candidates() {
    for (const auto& request : orders_) {
      if (request.idempotency_key.empty()) {
        candidates_.push_back(&request);
      } else {
        first_of_key_.try_emplace(request.idempotency_key, &request);
      }
    }
    for (const auto& [key, request] : first_of_key_) candidates_.push_back(request);
  }

  void insert_candidates() {
    ArrayLiteral ids, customers, statuses, sources, keys;
    for (const NewOrder* request : candidates_) {
      ids.add(request->order.id);
      customers.add(request->order.customer_id);
      statuses.add(std::string_view(request->order.status));
      sources.add(request->order.source);
      const bool has_key = !request->idempotency_key.empty();
      keys.add(has_key ? std::optional(request->idempotency_key) : std::nullopt);
    }
    // A key that another session is just saving makes this wait for its end; an id that is there fails.
    const auto rows = transaction_.exec(
        "INSERT INTO orders (id, customer_id, status, source, idempotency_key)"
        " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])"
        " ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING RETURNING id",
        ids.take(), customers.take(), statuses.take(), sources.take(), keys.take());
    for (const auto& row : rows) inserted_.insert(to_int64(row[0]));
  }

  void insert_children() {
    std::vector<const order::Order*> orders;
    std::vector<OrderId> ids;
    for (const NewOrder* request : candidates_) {
      if (!inserted_.contains(request->order.id)) continue;
      orders.push_back(&request->order);
      ids.push_back(request->order.id);
    }
    if (ids.empty()) return;
    insert_items(transaction_, orders);
    transaction_.exec("INSERT INTO outbox (order_id, claimant) SELECT id, $2 FROM unnest($1::bigint[]) AS u(id)",
                      ids_literal(ids), std::string(claimant_));
  }

  /// The orders of keys that were there already, committed by now.
  Result<> read_earlier() {
    ArrayLiteral keys;
    std::size_t expected = 0;
    for (const auto& [key, request] : first_of_key_) {
      if (inserted_.contains(request->order.id)) continue;
      keys.add(std::string_view(key));
      ++expected;
    }
    if (expected == 0) return {};
    const auto rows = transaction_.exec(std::string("SELECT ") + order_columns +
                                            ", idempotency_key,"
                                            " EXISTS (SELECT FROM outbox WHERE outbox.order_id = orders.id)"
                                            " FROM orders WHERE idempotency_key = ANY($1::text[])",
                                        keys.take());
    if (static_cast<std::size_t>(rows.size()) != expected) {
      return fail(ErrorClass::abort, "an order with the same idempotency key was deleted while this one was saved");
    }
    auto found = read_orders(transaction_, rows);
    if (!found) return fail(found.error());
    for (std::size_t i = 0; i < found->size(); ++i) {
      const auto row = rows[static_cast<pqxx::result::size_type>(i)];
      earlier_.emplace(row[8].c_str(), Saved{std::move((*found)[i].order), true, row[9].as<bool>()});
    }
    return {};
  }

  std::vector<Saved> answers() {
    std::vector<Saved> saved;
    saved.reserve(orders_.size());
    for (const auto& request : orders_) {
      if (request.idempotency_key.empty()) {
        saved.push_back({.order = request.order});
      } else if (const auto found = earlier_.find(request.idempotency_key); found != earlier_.end()) {
        saved.push_back(found->second);
      } else {
        const NewOrder* first = first_of_key_.at(request.idempotency_key);
        const bool repeats = first != &request;
        saved.push_back({first->order, repeats, repeats});
      }
    }
    return saved;
  }

  Transaction& transaction_;
  std::span<const NewOrder> orders_;
  std::string_view claimant_;
  std::map<std::string_view, const NewOrder*> first_of_key_;
  std::vector<const NewOrder*> candidates_;
  std::unordered_set<OrderId> inserted_;
  std::unordered_map<std::string, Saved> earlier_;
};

Result<> check(std::span<const NewOrder> orders) {
  for (const auto& request : orders) {
    const std::string id = "order " + std::to_string(request.order.id) + ": ";
    if (auto problem = nul_in_text(request.order, true)) return fail(ErrorClass::record, id + *problem);
    if (auto problem = repeated_item(request.order.items)) return fail(ErrorClass::record, id + *problem);
    if (request.idempotency_key.find('\0') != std::string::npos) {
      return fail(ErrorClass::record, id + "its idempotency key holds a NUL character, which PostgreSQL can't store");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Saved>> PostgresSession::save_new(std::span<const NewOrder> orders, std::string_view claimant) {
  if (orders.empty()) return std::vector<Saved>{};
  if (auto checked = check(orders); !checked) return fail(checked.error());
  return client_.call("saving new orders", Transaction::Mode::write,
                      [&](Transaction& transaction) -> Result<std::vector<Saved>> {
                        try {
                          return NewOrders(transaction, orders, claimant).save();
                        } catch (const pqxx::unique_violation&) {  // keys and items can't be the cause: see above
                          return fail(ErrorClass::abort, "a new order's id is taken already; nothing was saved",
                                      "try again with new ids");
                        }
                      });
}

Result<std::vector<OutboxRow>> PostgresSession::outbox(std::string_view claimant, std::size_t limit) {
  return client_.call(
      "reading the outbox", Transaction::Mode::read, [&](Transaction& transaction) -> Result<std::vector<OutboxRow>> {
        std::vector<OutboxRow> found;
        const auto rows = transaction.exec(
            "SELECT order_id, claimant, floor(extract(epoch FROM created_at) * 1000)::bigint FROM outbox"
            " WHERE claimant = $1 ORDER BY created_at, order_id LIMIT $2::bigint",
            std::string(claimant), limit);
        for (const auto& row : rows) found.push_back({to_int64(row[0]), row[1].c_str(), from_millis(to_int64(row[2]))});
        return found;
      });
}

Result<std::vector<std::string>> PostgresSession::outbox_claimants(Milliseconds age) {
  return client_.call("reading the outbox", Transaction::Mode::read,
                      [&](Transaction& transaction) -> Result<std::vector<std::string>> {
                        std::vector<std::string> claimants;
                        const auto rows = transaction.exec(
                            "SELECT DISTINCT claimant FROM outbox"
                            " WHERE created_at < now() - $1::bigint * interval '1 millisecond' ORDER BY claimant",
                            static_cast<std::int64_t>(age.count()));
                        for (const auto& row : rows) claimants.emplace_back(row[0].c_str());
                        return claimants;
                      });
}

Result<std::uint64_t> PostgresSession::outbox_claim(std::string_view from, std::string_view to) {
  return client_.call(
      "claiming outbox rows", Transaction::Mode::write, [&](Transaction& transaction) -> Result<std::uint64_t> {
        return transaction
            .exec("UPDATE outbox SET claimant = $2 WHERE claimant = $1", std::string(from), std::string(to))
            .affected_rows();
      });
}

Result<> PostgresSession::outbox_remove(std::span<const OrderId> ids) {
  if (ids.empty()) return {};
  return client_.call("removing outbox rows", Transaction::Mode::write, [&](Transaction& transaction) -> Result<> {
    transaction.exec("DELETE FROM outbox WHERE order_id = ANY($1::bigint[])", ids_literal(ids));
    return {};
  });
}

Result<std::uint64_t> PostgresSession::outbox_depth() {
  return client_.call(
      "counting the outbox", Transaction::Mode::read, [](Transaction& transaction) -> Result<std::uint64_t> {
        return static_cast<std::uint64_t>(to_int64(transaction.exec("SELECT count(*) FROM outbox")[0][0]));
      });
}

}  // namespace orders::database
