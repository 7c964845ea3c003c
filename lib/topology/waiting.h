// What waits for a partner, oldest first, page by page; over all tasks of this instance.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "join/settings.h"
#include "order/key.h"
#include "order/status.h"

namespace orders::topology {

/// A record's place in that order. One record has one.
struct WaitingPlace {
  Timestamp timestamp;
  std::int32_t partition = 0;
  join::Side side = join::Side::payment;
  std::int64_t offset = 0;
  friend auto operator<=>(const WaitingPlace&, const WaitingPlace&) = default;
};
/// "1700000000000-3-payment-1042": timestamp in ms, partition, side, offset.
[[nodiscard]] std::string to_string(const WaitingPlace& place);
[[nodiscard]] std::optional<WaitingPlace> parse_waiting_place(std::string_view text);

struct WaitingQuery {
  std::size_t limit = 100;
  std::optional<WaitingPlace> after;
  std::optional<std::int32_t> partition;
  std::optional<join::Side> side;
};

struct WaitingRecord {
  WaitingPlace place;
  order::OrderId order_id = 0;
  std::string topic;
  order::Status status = order::Status::unknown;
  /// How far the record's own side has come since.
  Milliseconds age{0};
  /// Given up once the other side has a record above this.
  Timestamp given_up_above;
  /// How far the other side's stream time is from there; none: it has had no record yet.
  std::optional<Milliseconds> left;
};

struct WaitingPage {
  std::vector<WaitingRecord> records;
  std::optional<WaitingPlace> next;      ///< `after` of the next page; none: this was the last
  std::vector<std::int32_t> partitions;  ///< that were looked at
  std::vector<std::int32_t> rebuilding;  ///< and those of which it is not known yet
};

/// The pages of several threads as one.
[[nodiscard]] WaitingPage merge(std::vector<WaitingPage> pages, std::size_t limit);

}  // namespace orders::topology
