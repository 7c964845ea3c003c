// What `duplicates: suppress` remembers of one side: the on-time records of the last `retention`.
#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "base/function_ref.h"
#include "base/time.h"
#include "order/document.h"

namespace orders::join {

class Marks {
 public:
  /// See Buffer::repeats.
  bool repeats(order::OrderId key, order::StatusId status, Timestamp timestamp, Timestamp bound);
  /// For a buffer that takes over from this one.
  void each(FunctionRef<void(order::OrderId, order::StatusId, Timestamp)> visit) const;
  [[nodiscard]] Timestamp bound() const { return bound_; }
  [[nodiscard]] std::uint64_t bytes() const { return order_.size() * bytes_per_mark; }

 private:
  static constexpr std::uint64_t bytes_per_mark = 112;  ///< node, vector and order, estimated
  struct Mark {
    Timestamp timestamp;
    order::StatusId status;
  };
  void prune();

  Timestamp bound_ = Timestamp::min();  ///< the highest so far: a longer window brings nothing back
  std::unordered_map<order::OrderId, std::vector<Mark>> marks_;
  std::deque<std::pair<Timestamp, order::OrderId>> order_;  ///< as they came; pruned from the front
};

}  // namespace orders::join
