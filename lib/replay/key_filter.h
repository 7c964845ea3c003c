// Records of some orders only.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "config/config.h"
#include "order/key.h"

namespace orders::replay {

class KeyFilter {
 public:
  /// No ids: everything passes. A key that is not of the format is no order's.
  KeyFilter(std::span<const order::OrderId> ids, config::KeyFormat format) {
    for (const auto id : ids) keys_.insert(order::encode_key(id, format));
  }
  [[nodiscard]] bool passes(std::optional<std::string_view> key) const {
    return keys_.empty() || (key && keys_.contains(*key));
  }

 private:
  std::set<std::string, std::less<>> keys_;
};

}  // namespace orders::replay
