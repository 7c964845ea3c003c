// The operators' questions.
#include "database/embedded_codec.h"
#include "database/embedded_session.h"
#include "order/key.h"

namespace orders::database {

Result<std::optional<OrderRow>> EmbeddedSession::find(OrderId id) {
  auto store = store_.lock();
  if (!store) return fail(store.error());
  return read_row(store_, **store, id);
}

Result<std::vector<OrderRow>> EmbeddedSession::list(const ListFilter& filter) {
  auto store = store_.lock();
  if (!store) return fail(store.error());
  // Whatever the walk is over, its keys end with the id and come in its order.
  std::string prefix = "o";
  if (filter.customer_id) {
    prefix = customer_prefix(*filter.customer_id);
  } else if (filter.status) {
    prefix = status_prefix(*filter.status);
  }
  const std::string from = filter.after ? prefix + order::sortable_key(*filter.after) : std::string{};
  std::vector<OrderRow> found;
  auto cursor = (*store)->scan(prefix, from);
  for (; cursor.valid() && found.size() < filter.limit; cursor.next()) {
    const OrderId id = id_of_key(cursor.key());
    if (id == filter.after) continue;
    auto row = read_row(store_, **store, id);
    if (!row) return fail(row.error());
    if (!*row) return fail(corrupt(store_.options(), "an index names order " + std::to_string(id)));
    if (filter.status && (*row)->order.status != *filter.status) continue;
    found.push_back(std::move(**row));
  }
  if (auto status = cursor.status(); !status) return fail(status.error());
  return found;
}

Result<std::vector<Session::StatusCount>> EmbeddedSession::count_by_status() {
  auto store = store_.lock();
  if (!store) return fail(store.error());
  std::vector<StatusCount> counts;
  auto cursor = (*store)->scan("s");
  for (; cursor.valid(); cursor.next()) {
    auto status = status_of_key(cursor.key());
    if (counts.empty() || counts.back().status != status) counts.push_back({std::move(status), 0});
    ++counts.back().count;
  }
  if (auto status = cursor.status(); !status) return fail(status.error());
  return counts;
}

}  // namespace orders::database
