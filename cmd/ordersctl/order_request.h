// The body of a request for a new order, made of flags.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace orders::ctl {

struct RequestedItem {
  std::string product;
  std::int64_t quantity = 0;
  std::string price;  ///< a JSON number, as it was written: money is never a binary float
};

/// "CODE:QUANTITY@PRICE"; the code may hold ':' and '@' itself, the last ones count. What makes sense (a quantity of
/// at least 1, two decimals, …) is for the daemon to say.
[[nodiscard]] Result<RequestedItem> parse_item(std::string_view text);

/// {"customerId":…,"items":[{"productId":"…","quantity":…,"productPrice":…}]}
[[nodiscard]] std::string request_json(std::int64_t customer, const std::vector<RequestedItem>& items);

/// A random (version 4) UUID.
[[nodiscard]] std::string new_uuid();

}  // namespace orders::ctl
