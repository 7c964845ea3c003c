// What can be asked of the join's buffers.
#pragma once

#include <functional>

#include "api/server.h"
#include "base/result.h"
#include "topology/waiting.h"

namespace orders::api {

using Waiting = std::function<Result<topology::WaitingPage>(const topology::WaitingQuery&)>;

/// {"waiting": [{"orderId", "side", "waitsFor", "topic", "partition", "offset", "timestamp", "status", "age_ms",
///   "givenUpAbove", "left_ms"}], "next": text or null, "partitions": [], "rebuilding": []}, by timestamp, then
/// partition, side, offset. "status": null for one that the saga does not know. "age_ms": how far the record's own side
/// has come since; it is given up once the other side has a record above "givenUpAbove" (ms), from which that side is
/// "left_ms" away; null while it has had none. "partitions" are those of this instance that were looked at; of those
/// in "rebuilding" it is not known yet what waits. 503 while a thread of the join is busy, or the join has not started.
[[nodiscard]] Reply list_waiting(const Waiting& waiting, const Request& request);

}  // namespace orders::api
