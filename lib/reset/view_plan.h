// What becomes of the database view's positions; and the topic that both views read.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "reset/join_plan.h"

namespace orders::reset {

/// A partition of `orders`, and where the view stands in it (offset_none: nowhere yet, it reads from the begin).
struct ViewPartition {
  kafka::TopicPartition at;
  std::int64_t position = kafka::offset_none;
  kafka::Watermarks marks;
  std::int64_t at_time = -1;  ///< as Input::at_time
};

struct OrdersTopic {
  std::vector<ViewPartition> partitions;  ///< by number, without positions
  bool compacted = true;                  ///< a position below the begin is no gap then
  /// How many records there are at most: offsets of transactions and of compacted records count, too.
  [[nodiscard]] std::int64_t records() const;
};

/// Asks the broker. `wait` where that takes longer than `timeout` for one question, `not_found` without the topic.
[[nodiscard]] Result<OrdersTopic> look_at_orders(const kafka::Connection& connection, const std::string& topic,
                                                 const std::optional<Target>& target, Milliseconds timeout);

struct ViewRequest {
  std::optional<Target> to;  ///< none: only what is a gap
  std::vector<std::int32_t> partitions;
};

/// Positions only go back, for a view leaves nothing out; but for those of a gap, which go to the topic's begin.
/// `invalid` for a target that lies ahead, and for partitions that are not there.
[[nodiscard]] Result<std::vector<Step>> plan_database(const OrdersTopic& topic, const ViewRequest& request);

}  // namespace orders::reset
