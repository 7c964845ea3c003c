#include "ordersctl/simulate_decision.h"

namespace orders::ctl {
namespace {

/// splitmix64: every bit of the input moves every bit of the output.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

enum class Question : std::uint64_t { answer = 1, delay = 2 };

/// Uniform in [0, 1), with 53 bits.
double dice(std::uint64_t seed, order::OrderId id, Side side, Question question) {
  const auto salt = static_cast<std::uint64_t>(question) * 2 + static_cast<std::uint64_t>(side);
  return static_cast<double>(mix(mix(mix(seed) ^ static_cast<std::uint64_t>(id)) + salt) >> 11) * 0x1p-53;
}

}  // namespace

order::Status decide(const AnswerRules& rules, order::OrderId id, Side side) {
  const double percent = side == Side::payment ? rules.payment_reject : rules.stock_reject;
  return dice(rules.seed, id, side, Question::answer) * 100 < percent ? order::Status::reject : order::Status::accept;
}

Milliseconds delay_of(const AnswerRules& rules, order::OrderId id, Side side) {
  const auto range = static_cast<double>((rules.delay_max - rules.delay_min).count() + 1);
  return rules.delay_min + Milliseconds(static_cast<std::int64_t>(dice(rules.seed, id, side, Question::delay) * range));
}

std::string answer_json(std::string_view order_json, const order::Splice& splice, Side side, order::Status status) {
  const auto source = side == Side::payment ? order::SourceChange::payment : order::SourceChange::inventory;
  return order::splice_result(order_json, splice, {false, status, source});
}

Expected expected_result(std::string_view order_json, const order::Splice& splice, order::Status payment,
                         order::Status stock) {
  auto resolution = order::resolve(payment, stock);
  // The result is made of the stock answer, whose source is INVENTORY; here it is made of the order itself.
  if (resolution.source == order::SourceChange::keep) resolution.source = order::SourceChange::inventory;
  Expected expected;
  expected.status = resolution.status;
  if (resolution.source == order::SourceChange::payment) expected.source = "PAYMENT";
  if (resolution.source == order::SourceChange::inventory) expected.source = "INVENTORY";
  expected.value = order::splice_result(order_json, splice, resolution);
  return expected;
}

}  // namespace orders::ctl
