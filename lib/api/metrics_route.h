// GET /metrics: the daemon's state as Prometheus reads it.
#pragma once

#include "api/routes.h"
#include "api/status_json.h"

namespace orders::api {

/// Names, labels and meanings are in docs/metrics.md. Blocks on nothing.
[[nodiscard]] Reply metrics_page(const Services& services, const Snapshot& snapshot);

}  // namespace orders::api
