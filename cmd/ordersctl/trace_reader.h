// What the topics hold of one order.
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "kafka/types.h"
#include "order/key.h"
#include "ordersctl/order_story.h"

namespace orders::ctl {

struct TraceRequest {
  order::OrderId id = 0;
  bool all_partitions = false;  ///< else those to which the Java client would send its key
  Timestamp since;  ///< the embedded broker of ordersd --dev is read from its beginning
  Milliseconds timeout{0};  ///< of all reading
  bool quiet = false;
};

/// Adds the order's records on both inputs, on `orders` and among the dead letters, and how far the join has come.
/// Reads what is committed. A result lies on its answers' partition, so that the partitions where answers were found are
/// looked into, too. Error classes: those of scan(); `invalid` when a topic is not there.
[[nodiscard]] Result<> read_trace(const kafka::Connection& connection, const config::Config& config,
                                  const TraceRequest& request, OrderTrace& trace);

}  // namespace orders::ctl
