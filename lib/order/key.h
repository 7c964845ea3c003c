// The record key: the order id, in the one format set for all topics (wire contract).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

namespace orders::order {

using OrderId = std::int64_t;

/// int64: 8 bytes big-endian, as the Java LongSerializer writes them. string: canonical decimal UTF-8.
[[nodiscard]] std::string encode_key(OrderId id, config::KeyFormat format);
/// Nothing when the bytes are not of the format (a wrong length; a sign '+', leading zeros, other characters).
[[nodiscard]] std::optional<OrderId> decode_key(std::string_view bytes, config::KeyFormat format);
/// 8 bytes whose byte order is the ids' order (sign flipped, big-endian): keys of our own stores.
[[nodiscard]] std::string sortable_key(OrderId id);
[[nodiscard]] std::optional<OrderId> from_sortable_key(std::string_view bytes);

}  // namespace orders::order
