#include "database/postgres_rows.h"

#include <charconv>
#include <unordered_map>

#include "database/array.h"

namespace orders::database {
namespace {

/// An item's columns begin at 1.
std::optional<order::Item> read_item(const pqxx::row& row) {
  const auto price = order::Price::parse(row[4].c_str());
  if (!price) return {};
  return order::Item{to_int64(row[1]), row[2].c_str(), static_cast<std::int32_t>(to_int64(row[3])), *price};
}

OrderRow read_order(const pqxx::row& row) {
  OrderRow found;
  found.order.id = to_int64(row[0]);
  found.order.customer_id = to_int64(row[1]);
  found.order.status = row[2].c_str();
  if (!row[3].is_null()) found.order.source = row[3].c_str();
  found.created = from_millis(to_int64(row[4]));
  found.updated = from_millis(to_int64(row[5]));
  found.result_partition = static_cast<std::int32_t>(to_int64(row[6]));
  found.result_offset = to_int64(row[7]);
  return found;
}

}  // namespace

const char* const order_columns =
    "id, customer_id, status, source, floor(extract(epoch FROM created_at) * 1000)::bigint, "
    "floor(extract(epoch FROM updated_at) * 1000)::bigint, coalesce(result_partition, -1), coalesce(result_offset, -1)";

std::int64_t to_int64(const pqxx::field& field) {
  std::int64_t value = 0;
  const char* text = field.c_str();
  std::from_chars(text, text + field.size(), value);
  return value;
}

std::string ids_literal(std::span<const OrderId> ids) {
  ArrayLiteral literal(ids.size() * 20);
  for (const OrderId id : ids) literal.add(id);
  return literal.take();
}

Result<std::vector<OrderRow>> read_orders(Transaction& transaction, const pqxx::result& rows) {
  std::vector<OrderRow> found;
  std::vector<OrderId> ids;
  std::unordered_map<OrderId, std::size_t> index;
  for (const auto& row : rows) {
    found.push_back(read_order(row));
    ids.push_back(found.back().order.id);
    index.emplace(ids.back(), ids.size() - 1);
  }
  if (ids.empty()) return found;
  const auto items = transaction.exec(
      "SELECT order_id, item_id, product_id, quantity, product_price FROM order_items"
      " WHERE order_id = ANY($1::bigint[]) ORDER BY order_id, item_id",
      ids_literal(ids));
  for (const auto& row : items) {
    const OrderId id = to_int64(row[0]);
    auto item = read_item(row);
    if (!item) {
      return fail(ErrorClass::bug, "order " + std::to_string(id) + " has a price in the database that is none");
    }
    found[index.at(id)].order.items.push_back(std::move(*item));
  }
  return found;
}

void insert_items(Transaction& transaction, std::span<const order::Order* const> orders) {
  ArrayLiteral ids, items, products, quantities, prices;
  bool any = false;
  for (const order::Order* order : orders) {
    for (const auto& item : order->items) {
      ids.add(order->id);
      items.add(item.item_id);
      products.add(std::string_view(item.product_id));
      quantities.add(item.quantity);
      prices.add(std::string_view(item.price.text()));
      any = true;
    }
  }
  if (!any) return;
  transaction.exec(
      "INSERT INTO order_items (order_id, item_id, product_id, quantity, product_price)"
      " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::int[], $5::numeric[])",
      ids.take(), items.take(), products.take(), quantities.take(), prices.take());
}

}  // namespace orders::database
