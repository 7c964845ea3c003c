// What the embedded database writes into its store, and under which keys.
//
//   v                                      the version of this layout, decimal
//   o <id>                                 an order: see encode(StoredOrder)
//   s <status, NUL as NUL 0xff> NUL NUL <id>     index by status
//   c <customer id> <id>                   index by customer
//   k <idempotency key>                    <id>
//   x <id>                                 an outbox row: created (8), claimant
//   p <application> NUL <topic> NUL <partition (4)>     next offset (8)
//
// Numbers are big-endian; ids and customers have their sign flipped, so that the keys' order is theirs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "database/database.h"

namespace orders::database {

inline constexpr int embedded_version = 1;
inline constexpr std::string_view version_key = "v";

[[nodiscard]] std::string order_key(OrderId id);
[[nodiscard]] std::string status_prefix(std::string_view status);
[[nodiscard]] std::string status_key(std::string_view status, OrderId id);
[[nodiscard]] std::string customer_prefix(std::int64_t customer_id);
[[nodiscard]] std::string customer_key(std::int64_t customer_id, OrderId id);
[[nodiscard]] std::string idempotency_key(std::string_view key);
[[nodiscard]] std::string outbox_key(OrderId id);
[[nodiscard]] std::string positions_prefix(std::string_view application_id, std::string_view topic);
[[nodiscard]] std::string position_key(std::string_view application_id, std::string_view topic, std::int32_t partition);

/// The id that an order's, an index's or an outbox row's key ends with.
[[nodiscard]] OrderId id_of_key(std::string_view key);
/// The status in a key of the index by status.
[[nodiscard]] std::string status_of_key(std::string_view key);

[[nodiscard]] std::string encode(const OrderRow& row);
/// Nothing when the bytes are not of the layout.
[[nodiscard]] std::optional<OrderRow> decode_order(OrderId id, std::string_view bytes);
[[nodiscard]] std::string encode(const OutboxRow& row);
[[nodiscard]] std::optional<OutboxRow> decode_outbox(OrderId id, std::string_view bytes);
[[nodiscard]] std::string encode_number(std::int64_t number);
[[nodiscard]] std::optional<std::int64_t> decode_number(std::string_view bytes);

}  // namespace orders::database
