// Rows of orders, written and read. Private to the module; throws libpqxx's exceptions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "database/database.h"
#include "database/postgres_connection.h"

namespace orders::database {

/// The columns that read_orders() needs, in its order.
extern const char* const order_columns;

/// Orders of a SELECT of order_columns, each with its items, in the SELECT's order. `bug` for a price that is none.
[[nodiscard]] Result<std::vector<OrderRow>> read_orders(Transaction& transaction, const pqxx::result& rows);

/// The items of these orders, in one statement.
void insert_items(Transaction& transaction, std::span<const order::Order* const> orders);

/// The whole number in a field; 0 where it is null.
[[nodiscard]] std::int64_t to_int64(const pqxx::field& field);
[[nodiscard]] std::string ids_literal(std::span<const OrderId> ids);

}  // namespace orders::database
