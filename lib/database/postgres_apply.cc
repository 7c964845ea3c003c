// A view's batch and its positions in one transaction.
#include <algorithm>
#include <numeric>

#include "base/failpoint.h"
#include "database/array.h"
#include "database/plan.h"
#include "database/postgres_rows.h"
#include "database/postgres_session.h"
#include "database/refusal.h"

namespace orders::database {
namespace {

using Indices = std::vector<std::size_t>;

std::string positions_text(const pqxx::result& rows) {
  std::string text;
  for (const auto& row : rows) {
    text += (text.empty() ? "" : ", ") + std::string("partition ") + row[0].c_str() + " at " + row[1].c_str();
  }
  return text.empty() ? "none" : text;
}

/// The compare-and-set, as the transaction's first statement: a writer whose time is over is stopped here, and two that
/// meet wait for one another before they touch an order.
Result<> move_positions(Transaction& transaction, const PostgresContext& context, std::span<const Batch::Move> moves) {
  ArrayLiteral partitions, expected, next;
  for (const auto& move : moves) {
    partitions.add(move.partition);
    expected.add(move.expected);
    next.add(move.next);
  }
  // The insert sees the rows as they were before the update, so no partition counts twice.
  const auto moved = transaction.exec(
      "WITH moves AS (SELECT * FROM unnest($3::int[], $4::bigint[], $5::bigint[]) AS m(partition, expected, next)),"
      " updated AS (UPDATE positions AS p SET next_offset = m.next, updated_at = now() FROM moves AS m"
      "  WHERE p.application_id = $1 AND p.topic = $2 AND p.partition = m.partition AND p.next_offset = m.expected"
      "  RETURNING 1),"
      " inserted AS (INSERT INTO positions (application_id, topic, partition, next_offset)"
      "  SELECT $1, $2, m.partition, m.next FROM moves AS m WHERE m.expected = 0 AND NOT EXISTS"
      "   (SELECT FROM positions AS p WHERE p.application_id = $1 AND p.topic = $2 AND p.partition = m.partition)"
      "  ON CONFLICT DO NOTHING RETURNING 1)"
      " SELECT (SELECT count(*) FROM updated) + (SELECT count(*) FROM inserted)",
      context.application_id, context.topic, partitions.take(), expected.take(), next.take());
  if (static_cast<std::size_t>(to_int64(moved[0][0])) == moves.size()) return {};

  ArrayLiteral asked;
  for (const auto& move : moves) asked.add(move.partition);
  const auto found = transaction.exec(
      "SELECT partition, next_offset FROM positions"
      " WHERE application_id = $1 AND topic = $2 AND partition = ANY($3::int[]) ORDER BY partition",
      context.application_id, context.topic, asked.take());
  return fail(ErrorClass::abort,
              "the position of " + context.topic +
                  " is not the expected one, so another writer moved it; found: " + positions_text(found));
}

void forget_results(Transaction& transaction, std::span<const std::int32_t> partitions) {
  if (partitions.empty()) return;
  ArrayLiteral forgotten;
  for (const auto partition : partitions) forgotten.add(partition);
  transaction.exec(
      "UPDATE orders SET result_partition = NULL, result_offset = NULL WHERE result_partition = ANY($1::int[])",
      forgotten.take());
}

class Applier {
 public:
  Applier(Transaction& transaction, const Batch& batch, config::MissingOrder missing_order)
      : transaction_(transaction), batch_(batch), missing_order_(missing_order) {}

  Result<Applied> run() {
    Indices all(batch_.changes.size());
    std::iota(all.begin(), all.end(), 0);
    if (!all.empty()) {
      if (auto applied = apply(all); !applied) return fail(applied.error());
    }
    std::sort(result_.missing.begin(), result_.missing.end());
    std::ranges::sort(result_.refused, {}, &Refusal::change);
    const auto sum = result_.applied + result_.superseded + result_.missing.size() + result_.refused.size();
    if (sum != batch_.changes.size()) {
      return fail(ErrorClass::bug,
                  "of " + std::to_string(batch_.changes.size()) + " changes " + std::to_string(sum) + " have a fate");
    }
    return std::move(result_);
  }

 private:
  /// The changes, or when the database refuses them, each half of them, down to the one that it is about. In order, so
  /// that it comes to the same as one after the other.
  Result<> apply(std::span<const std::size_t> indices) {
    Refusal refusal;
    try {
      Savepoint savepoint(transaction_);
      auto part = write(Indices(indices.begin(), indices.end()));
      if (!part) return fail(part.error());
      savepoint.release();
      add(*part);
      return {};
    } catch (const pqxx::sql_error& error) {
      const SqlFailure failure = to_failure(error);
      if (!refuses_row(failure.sqlstate)) throw;
      refusal = {indices.front(), failure.message + " (SQLSTATE " + failure.sqlstate + ")",
                 breaks_rule(failure.sqlstate)};
    }
    if (indices.size() == 1) {
      result_.refused.push_back(std::move(refusal));
      return {};
    }
    const std::size_t half = indices.size() / 2;
    if (auto first = apply(indices.first(half)); !first) return first;
    return apply(indices.subspan(half));
  }

  /// Deferred constraints have their say here, not at the commit, when nobody could tell any more whose row it is.
  Result<Applied> write(Indices indices) {
    Applied part;
    transaction_.exec("SET CONSTRAINTS ALL DEFERRED");
    const StoredRows rows = lock(indices);
    Plan plan = make_plan(batch_.changes, indices, rows, missing_order_);
    while (take_out_refused(plan, indices, part)) plan = make_plan(batch_.changes, indices, rows, missing_order_);
    if (auto inserted = insert(plan.inserts); !inserted) return fail(inserted.error());
    if (auto updated = update(plan.updates); !updated) return fail(updated.error());
    transaction_.exec("SET CONSTRAINTS ALL IMMEDIATE");
    part.applied = plan.inserts.size() + plan.updates.size();
    part.superseded = plan.superseded;
    part.missing = std::move(plan.missing);
    return part;
  }

  void add(const Applied& part) {
    result_.applied += part.applied;
    result_.superseded += part.superseded;
    result_.missing.insert(result_.missing.end(), part.missing.begin(), part.missing.end());
    result_.refused.insert(result_.refused.end(), part.refused.begin(), part.refused.end());
  }

  StoredRows lock(const Indices& indices) {
    std::vector<OrderId> ids;
    ids.reserve(indices.size());
    for (const std::size_t index : indices) ids.push_back(batch_.changes[index].order_id);
    const auto found = transaction_.exec(
        "SELECT id, coalesce(result_partition, -1), coalesce(result_offset, -1) FROM orders"
        " WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE",
        ids_literal(ids));
    StoredRows rows;
    rows.reserve(static_cast<std::size_t>(found.size()));
    for (const auto& row : found) {
      rows.emplace(to_int64(row[0]), StoredResult{static_cast<std::int32_t>(to_int64(row[1])), to_int64(row[2])});
    }
    return rows;
  }

  /// What is known to be refused need not be found by halving. True when there was some: the plan changes then.
  bool take_out_refused(const Plan& plan, Indices& indices, Applied& part) {
    const std::size_t before = part.refused.size();
    for (const std::size_t index : plan.inserts) {
      const auto& order = batch_.changes[index].order;
      auto problem = nul_in_text(order, true);
      if (!problem) problem = repeated_item(order.items);
      if (problem) part.refused.push_back({index, *problem});
    }
    for (const std::size_t index : plan.updates) {
      if (auto problem = nul_in_text(batch_.changes[index].order, false)) part.refused.push_back({index, *problem});
    }
    for (std::size_t i = before; i < part.refused.size(); ++i) std::erase(indices, part.refused[i].change);
    return part.refused.size() > before;
  }

  Result<> insert(const Indices& inserts) {
    if (inserts.empty()) return {};
    ArrayLiteral ids, customers, statuses, sources, created, partitions, offsets;
    std::vector<const order::Order*> orders;
    for (const std::size_t index : inserts) {
      const Change& change = batch_.changes[index];
      orders.push_back(&change.order);
      ids.add(change.order_id);
      customers.add(change.order.customer_id);
      statuses.add(std::string_view(change.order.status));
      sources.add(change.order.source);
      created.add(to_millis(storable(change.timestamp)));
      partitions.add(change.is_new ? -1 : change.partition);
      offsets.add(change.is_new ? -1 : change.offset);
    }
    const auto inserted = transaction_.exec(
        "INSERT INTO orders (id, customer_id, status, source, created_at, result_partition, result_offset)"
        " SELECT id, customer_id, status, source, timestamptz 'epoch' + created * interval '1 millisecond',"
        "  nullif(result_partition, -1), nullif(result_offset, -1)"
        " FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::int[], $7::bigint[])"
        "  AS u(id, customer_id, status, source, created, result_partition, result_offset)"
        " ON CONFLICT (id) DO NOTHING",
        ids.take(), customers.take(), statuses.take(), sources.take(), created.take(), partitions.take(),
        offsets.take());
    if (inserted.affected_rows() != inserts.size()) {
      return fail(ErrorClass::abort, "an order was inserted by another session while this batch was planned");
    }
    insert_items(transaction_, orders);
    return {};
  }

  Result<> update(const Indices& updates) {
    if (updates.empty()) return {};
    ArrayLiteral ids, statuses, sources, partitions, offsets;
    for (const std::size_t index : updates) {
      const Change& change = batch_.changes[index];
      ids.add(change.order_id);
      statuses.add(std::string_view(change.order.status));
      sources.add(change.order.source);
      partitions.add(change.partition);
      offsets.add(change.offset);
    }
    // The plan knows already that each is newer; here it is said once more where nothing can come in between.
    const auto updated = transaction_.exec(
        "UPDATE orders AS o SET status = u.status, source = u.source, result_partition = u.result_partition,"
        "  result_offset = u.result_offset, updated_at = now()"
        " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::bigint[])"
        "  AS u(id, status, source, result_partition, result_offset)"
        " WHERE o.id = u.id AND (o.result_partition IS DISTINCT FROM u.result_partition"
        "  OR o.result_offset < u.result_offset)",
        ids.take(), statuses.take(), sources.take(), partitions.take(), offsets.take());
    if (updated.affected_rows() != updates.size()) {
      return fail(ErrorClass::bug, "of " + std::to_string(updates.size()) + " rows that were locked " +
                                       std::to_string(updated.affected_rows()) + " were updated");
    }
    return {};
  }

  Transaction& transaction_;
  const Batch& batch_;
  config::MissingOrder missing_order_;
  Applied result_;
};

}  // namespace

Result<std::vector<Position>> PostgresSession::positions() {
  return client_.call(
      "reading positions", Transaction::Mode::read, [&](Transaction& transaction) -> Result<std::vector<Position>> {
        std::vector<Position> found;
        const auto rows = transaction.exec(
            "SELECT partition, next_offset FROM positions WHERE application_id = $1 AND topic = $2 ORDER BY partition",
            context_.application_id, context_.topic);
        for (const auto& row : rows) {
          found.push_back({static_cast<std::int32_t>(to_int64(row[0])), to_int64(row[1])});
        }
        return found;
      });
}

Result<Applied> PostgresSession::apply(const Batch& batch) {
  return client_.call("applying a batch", Transaction::Mode::write, [&](Transaction& transaction) -> Result<Applied> {
    if (auto moved = move_positions(transaction, context_, batch.moves); !moved) return fail(moved.error());
    ORDERS_FAILPOINT("database.position.after");
    forget_results(transaction, batch.forgotten);
    auto applied = Applier(transaction, batch, context_.missing_order).run();
    ORDERS_FAILPOINT("database.rows.after");
    if (!applied) return applied;
    if (batch.before_commit) {
      if (auto ready = batch.before_commit(*applied); !ready) return fail(ready.error());
    }
    ORDERS_FAILPOINT("database.commit.before");
    return applied;
  });
}

}  // namespace orders::database
