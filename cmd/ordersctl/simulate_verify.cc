#include "ordersctl/simulate_verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {

std::string Difference::text() const {
  return fmt::format("order {}: {}: expected {}, got {}", order_id, member, printable(expected), printable(got));
}

std::vector<Difference> compare(order::OrderId id, std::string_view expected, std::string_view got) {
  if (expected == got) return {};
  std::vector<Difference> differences;
  if (!is_json(got)) return {{id, "record", std::string(expected), std::string(got)}};
  const auto add = [&](const std::string& member, std::string_view wanted, std::string_view found) {
    differences.push_back({id, member, std::string(wanted), std::string(found)});
  };
  for (const auto& [name, wanted] : raw_json::members(expected)) {
    const auto found = raw_json::member(got, name);
    if (found != wanted) add(name, wanted, found.value_or("nothing"));
  }
  for (const auto& [name, found] : raw_json::members(got)) {
    if (!raw_json::member(expected, name)) add(name, "nothing", found);
  }
  if (differences.empty()) add("record", expected, got);
  return differences;
}

void Verifier::expect(order::OrderId id, std::string value) {
  if (!seen_.contains(id)) waiting_.insert_or_assign(id, std::move(value));
}

void Verifier::result(order::OrderId id, std::string_view value) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) {
    if (seen_.contains(id)) differences_.push_back({id, "results", "1", "one more"});
    return;
  }
  auto different = compare(id, found->second, value);
  std::move(different.begin(), different.end(), std::back_inserter(differences_));
  waiting_.erase(found);
  seen_.insert(id);
}

void Verifier::give_up() {
  std::vector<order::OrderId> ids;
  for (const auto& [id, value] : waiting_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const auto id : ids) differences_.push_back({id, "results", "1", "none"});
  waiting_.clear();
}

}  // namespace orders::ctl
