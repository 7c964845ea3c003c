// A row as JSON, the same from the daemon and from a database that is asked without one.
#pragma once

#include <string>

#include "database/database.h"

namespace orders::database {

/// The order's members, "createdAt", "updatedAt", "result": {"partition", "offset"} or null.
[[nodiscard]] std::string row_json(const OrderRow& row);

}  // namespace orders::database
