// POST /api/orders and /api/orders/batch.
#pragma once

#include "api/server.h"
#include "base/time.h"
#include "intake/intake.h"

namespace orders::api {

/// `catalog` may be null. What is not answered `within` that time, or whose outcome is unknown, is 504: it may be saved
/// or not.
[[nodiscard]] Reply create_order(intake::Intake& intake, intake::Catalog* catalog, Milliseconds within,
                                 const Request& request);
[[nodiscard]] Reply create_orders(intake::Intake& intake, intake::Catalog* catalog, Milliseconds within,
                                  const Request& request);

}  // namespace orders::api
