#include "join/marks.h"

#include <algorithm>

namespace orders::join {

void Marks::prune() {
  while (!order_.empty() && order_.front().first < bound_) {
    const auto at = marks_.find(order_.front().second);
    order_.pop_front();
    if (at == marks_.end()) continue;
    std::erase_if(at->second, [&](const Mark& mark) { return mark.timestamp < bound_; });
    if (at->second.empty()) marks_.erase(at);
  }
}

bool Marks::repeats(order::OrderId key, order::StatusId status, Timestamp timestamp, Timestamp bound) {
  bound_ = std::max(bound_, bound);
  prune();
  auto& marks = marks_[key];
  const bool repeats =
      std::ranges::any_of(marks, [&](const Mark& mark) { return mark.timestamp >= bound_ && mark.status == status; });
  marks.push_back({timestamp, status});
  order_.emplace_back(timestamp, key);
  return repeats;
}

void Marks::each(FunctionRef<void(order::OrderId, order::StatusId, Timestamp)> visit) const {
  for (const auto& [key, marks] : marks_) {
    for (const auto& mark : marks) visit(key, mark.status, mark.timestamp);
  }
}

}  // namespace orders::join
