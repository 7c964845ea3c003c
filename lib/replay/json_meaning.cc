#include "replay/json_meaning.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace orders::replay {
namespace {

using nlohmann::json;

constexpr int deepest = 100;

bool same(const json& a, const json& b, int depth);

/// All that `a` has, `b` has too.
bool has_members(const json& a, const json& b, int depth) {
  return std::ranges::all_of(a.items(), [&](const auto& member) {
    const auto other = b.find(member.key());
    return other == b.end() ? member.value().is_null() : same(member.value(), *other, depth);
  });
}

bool same(const json& a, const json& b, int depth) {
  if (depth > deepest) return false;
  if (a.is_object() && b.is_object()) return has_members(a, b, depth + 1) && has_members(b, a, depth + 1);
  if (a.is_array() && b.is_array())
    return std::ranges::equal(a, b, [&](const json& x, const json& y) { return same(x, y, depth + 1); });
  if (a.is_structured() || b.is_structured()) return false;
  return a == b;
}

}  // namespace

bool same_meaning(std::string_view a, std::string_view b) {
  const auto parse = [](std::string_view text) { return json::parse(text, nullptr, false); };
  const auto parsed_a = parse(a), parsed_b = parse(b);
  return !parsed_a.is_discarded() && !parsed_b.is_discarded() && same(parsed_a, parsed_b, 0);
}

}  // namespace orders::replay
