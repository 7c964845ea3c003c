// What the stand-ins for payment and inventory answer: a function of the seed and the order, so that it can be
// repeated.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "order/document.h"

namespace orders::ctl {

enum class Side : std::uint8_t { payment, stock };

struct AnswerRules {
  std::uint64_t seed = 1;
  double payment_reject = 0;  ///< percent
  double stock_reject = 0;
  Milliseconds delay_min{0}, delay_max{0};
};

/// ACCEPT or REJECT.
[[nodiscard]] order::Status decide(const AnswerRules& rules, order::OrderId id, Side side);
/// How long the answer takes.
[[nodiscard]] Milliseconds delay_of(const AnswerRules& rules, order::OrderId id, Side side);

/// The order's own JSON with status and source of the answer.
[[nodiscard]] std::string answer_json(std::string_view order_json, const order::Splice& splice, Side side,
                                      order::Status status);

/// What the saga has to make of both answers.
struct Expected {
  order::Status status = order::Status::unknown;
  std::string_view source;  ///< empty: null
  std::string value;        ///< the result's record, byte for byte
};
[[nodiscard]] Expected expected_result(std::string_view order_json, const order::Splice& splice, order::Status payment,
                                       order::Status stock);

}  // namespace orders::ctl
