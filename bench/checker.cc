#include "checker.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>

namespace orders::bench {
namespace {

/// What follows `name` in compact JSON, up to a comma or brace. Both systems write compact JSON with these members
/// before the items; a parser would take CPU from the system that is measured.
std::string_view member(std::string_view json, std::string_view name) {
  const auto at = json.find(name);
  if (at == std::string_view::npos) return {};
  const auto begin = at + name.size();
  const auto end = json.find_first_of(",}", begin);
  return end == std::string_view::npos ? std::string_view() : json.substr(begin, end - begin);
}

bool fits(Outcome outcome, std::string_view status, std::string_view source) {
  switch (outcome) {
    case Outcome::confirmed:
      return status == R"("CONFIRMED")" && source == "null";
    case Outcome::rejected:
      return status == R"("REJECTED")" && source == R"("INVENTORY")";
    case Outcome::rollback_payment:
      return status == R"("ROLLBACK")" && source == R"("PAYMENT")";
    case Outcome::rollback_inventory:
      return status == R"("ROLLBACK")" && source == R"("INVENTORY")";
  }
  return false;
}

}  // namespace

bool Checker::take(std::string_view key, std::string_view value) {
  const auto id = key.size() == 8 ? id_from(key.data()) : 0;
  const auto index = key.size() == 8 ? recipe_.index_of(id) : recipe_.orders;
  const auto status = member(value, R"("status":)");
  if (index == recipe_.orders || value.empty() || status == R"("NEW")") {
    ++foreign;
    return false;
  }
  if (seen_[index]) {
    ++duplicate;
    return false;
  }
  seen_[index] = true;
  const auto outcome = recipe_.expected(recipe_.first + index);
  const auto id_text = member(value, R"("orderId":)");
  std::int64_t id_inside = 0;
  std::from_chars(id_text.data(), id_text.data() + id_text.size(), id_inside);
  if (id_inside != id || !fits(outcome, status, member(value, R"("source":)"))) {
    if (++wrong <= 3) {
      const auto name = outcome_names[static_cast<std::size_t>(outcome)];
      fmt::print(stderr, "orders_bench: order {} should be {}, but is {}\n", id, name, value);
    }
    return false;
  }
  ++right;
  ++outcomes[static_cast<std::size_t>(outcome)];
  return true;
}

}  // namespace orders::bench
