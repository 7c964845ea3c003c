// POST /api/orders and /api/orders/batch.
#pragma once

#include "api/server.h"
#include "intake/intake.h"

namespace orders::api {

/// `catalog` may be null.
[[nodiscard]] Reply create_order(intake::Intake& intake, intake::Catalog* catalog, const Request& request);
[[nodiscard]] Reply create_orders(intake::Intake& intake, intake::Catalog* catalog, const Request& request);

}  // namespace orders::api
