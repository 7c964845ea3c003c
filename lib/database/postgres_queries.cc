// The operators' questions.
#include "database/postgres_rows.h"
#include "database/postgres_session.h"

namespace orders::database {

Result<std::optional<OrderRow>> PostgresSession::find(OrderId id) {
  return client_.call(
      "reading an order", Transaction::Mode::read, [&](Transaction& transaction) -> Result<std::optional<OrderRow>> {
        const auto rows = transaction.exec(std::string("SELECT ") + order_columns + " FROM orders WHERE id = $1", id);
        auto found = read_orders(transaction, rows);
        if (!found) return fail(found.error());
        if (found->empty()) return std::nullopt;
        return std::move(found->front());
      });
}

Result<std::vector<OrderRow>> PostgresSession::list(const ListFilter& filter) {
  // An absent one is null, which the planner folds away; so one statement serves all.
  std::vector<std::string> texts;
  texts.reserve(4);
  std::vector<const char*> parameters;
  const auto add = [&](std::string text) { parameters.push_back(texts.emplace_back(std::move(text)).c_str()); };
  const auto add_number = [&](const std::optional<std::int64_t>& number) {
    if (number) return add(std::to_string(*number));
    parameters.push_back(nullptr);
  };
  if (filter.status) {
    if (filter.status->find('\0') != std::string::npos) return std::vector<OrderRow>{};  // no row has such a status
    add(*filter.status);
  } else {
    parameters.push_back(nullptr);
  }
  add_number(filter.customer_id);
  add_number(filter.after);
  add(std::to_string(filter.limit));

  return client_.call("listing orders", Transaction::Mode::read, [&](Transaction& transaction) {
    const auto rows = transaction.exec(std::string("SELECT ") + order_columns +
                                           " FROM orders WHERE ($1::text IS NULL OR status = $1)"
                                           " AND ($2::bigint IS NULL OR customer_id = $2)"
                                           " AND ($3::bigint IS NULL OR id > $3) ORDER BY id LIMIT $4::bigint",
                                       pqxx::prepare::make_dynamic_params(parameters));
    return read_orders(transaction, rows);
  });
}

Result<std::vector<Session::StatusCount>> PostgresSession::count_by_status() {
  return client_.call(
      "counting orders", Transaction::Mode::read, [](Transaction& transaction) -> Result<std::vector<StatusCount>> {
        std::vector<StatusCount> counts;
        const auto rows =
            transaction.exec("SELECT status, count(*) FROM orders GROUP BY status ORDER BY status COLLATE \"C\"");
        for (const auto& row : rows) {
          counts.push_back({row[0].c_str(), static_cast<std::uint64_t>(to_int64(row[1]))});
        }
        return counts;
      });
}

}  // namespace orders::database
