// POST /api/orders and /api/orders/batch.
#pragma once

#include "api/server.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "intake/intake.h"

namespace orders::api {

/// `catalog` may be null. What is not answered `within` that time, or whose outcome is unknown, is 504: it may be saved
/// or not. What the catalog can't tell in three fifths of it is 503, or accepted and "unchecked".
[[nodiscard]] Reply create_order(intake::Intake& intake, catalog::Catalog* catalog, Milliseconds within,
                                 const Request& request);
[[nodiscard]] Reply create_orders(intake::Intake& intake, catalog::Catalog* catalog, Milliseconds within,
                                  const Request& request);

}  // namespace orders::api
