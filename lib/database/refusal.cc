#include "database/refusal.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace orders::database {
namespace {

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

std::optional<std::string> repeated_item(std::span<const order::Item> items) {
  if (items.size() < 2) return {};
  std::vector<std::int64_t> ids;
  ids.reserve(items.size());
  for (const auto& item : items) ids.push_back(item.item_id);
  std::sort(ids.begin(), ids.end());
  const auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice == ids.end()) return {};
  return "item " + std::to_string(*twice) + " is there twice";
}

std::optional<std::string> nul_in_text(const order::Order& order, bool with_items) {
  const auto message = [](std::string_view member) {
    return std::string(member) + " holds a NUL character, which PostgreSQL can't store";
  };
  if (has_nul(order.status)) return message("status");
  if (order.source && has_nul(*order.source)) return message("source");
  if (!with_items) return {};
  for (const auto& item : order.items) {
    if (has_nul(item.product_id)) return message("productId of item " + std::to_string(item.item_id));
  }
  return {};
}

}  // namespace orders::database
