// Pages of the table by their numbers, as the service that ordersd replaces has them.
#pragma once

#include "api/routes.h"
#include "api/server.h"

namespace orders::api {

/// Whether ?pageNo or ?pageSize is there.
[[nodiscard]] bool asks_for_numbered_page(const Request& request);

/// ?pageNo= from 0, default 0; ?pageSize= 1 to 1000, default 10. A list of the records' values as they came, null for one
/// that is not JSON, in the order of their ids; the header Link has the next page and the one before (RFC 8288). What a
/// page costs grows with its number, so they end with the first million rows; and rows that come or go between two pages
/// move the others. A cursor has neither fault.
[[nodiscard]] Reply numbered_page(const TableQueries& table, const Request& request);

}  // namespace orders::api
