// The results on `orders` against what the answers demand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "order/key.h"

namespace orders::ctl {

struct Difference {
  order::OrderId order_id = 0;
  std::string member;  ///< "status", "source", …, or "results" for their number
  std::string expected, got;
  /// "order 42: status: expected "CONFIRMED", got "ROLLBACK""
  [[nodiscard]] std::string text() const;
};

/// The members in which two records differ; their order and white space count as the member "record".
[[nodiscard]] std::vector<Difference> compare(order::OrderId id, std::string_view expected, std::string_view got);

class Verifier {
 public:
  void expect(order::OrderId id, std::string value);
  /// A result was read; one that nobody expects is not ours.
  void result(order::OrderId id, std::string_view value);
  /// What still waits becomes a difference: no result.
  void give_up();

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t verified() const { return seen_.size(); }
  [[nodiscard]] const std::vector<Difference>& differences() const { return differences_; }

 private:
  std::unordered_map<order::OrderId, std::string> waiting_;
  std::unordered_set<order::OrderId> seen_;
  std::vector<Difference> differences_;
};

}  // namespace orders::ctl
