// The order codec. What is accepted is JSON and survives being written again; a result is its stock record, byte for
// byte, but for status and source.
#include <array>
#include <optional>

#include "check.h"
#include "order/document.h"
#include "replay/json_text.h"

namespace orders::order {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// The record without the values of status and source.
std::string remainder(std::string text, const Splice& splice) {
  const auto erase_status = [&] { text.erase(splice.status_begin, splice.status_end - splice.status_begin); };
  const auto erase_source = [&] { text.erase(splice.source_begin, splice.source_end - splice.source_begin); };
  if (splice.status_begin > splice.source_begin) {
    erase_status();
    erase_source();
  } else {
    erase_source();
    erase_status();
  }
  return text;
}

std::optional<std::string> source_of(SourceChange change, const std::optional<std::string>& before) {
  if (change == SourceChange::keep) return before;
  if (change == SourceChange::null) return std::nullopt;
  return change == SourceChange::payment ? "PAYMENT" : "INVENTORY";
}

void check_splice(Parser& parser, const std::string& stock, const Answer& answer, const Resolution& resolution) {
  const auto result = splice_result(stock, answer.splice, resolution);
  if (resolution.as_it_came) {
    FUZZ_CHECK(result == stock);
    return;
  }
  const auto spliced = parser.parse_answer(result);
  FUZZ_CHECK(spliced && spliced->order_id == answer.order_id && spliced->status == resolution.status);
  const auto before = parser.parse_result(stock), after = parser.parse_result(result);
  FUZZ_CHECK(before && after && after->source == source_of(resolution.source, before->source));
  auto expected = remainder(stock, answer.splice);
  const bool appended = answer.splice.source_end == 0 && resolution.source != SourceChange::keep;
  if (appended) expected.insert(expected.rfind('}'), R"(,"source":)");
  FUZZ_CHECK(remainder(result, spliced->splice) == expected);
}

/// Our two readers of JSON know the same language.
void check_grammar(std::string_view json, const Result<Answer>& answer) {
  const auto text = trimmed(json);
  if (answer) FUZZ_CHECK(text.starts_with('{') && replay::is_bare_json(text));
  if (!answer && answer.error().message.starts_with("not valid JSON")) FUZZ_CHECK(!replay::is_bare_json(text));
}

void check_order(Parser& parser, std::string_view json, const Result<Answer>& answer) {
  const auto order = parser.parse_order(json);
  if (!order) {
    FUZZ_CHECK(order.error().error_class == ErrorClass::record && fuzz::can_be_shown(order.error().message));
    return;
  }
  FUZZ_CHECK(answer && answer->order_id == order->id && answer->status == parse_status(order->status));
  const auto again = parser.parse_order(to_json(*order));
  FUZZ_CHECK(again && *again == *order);
}

}  // namespace
}  // namespace orders::order

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orders::order;
  static Parser parser;  // reused, as by a worker
  const auto json = orders::fuzz::text_of(data, size);
  const auto answer = parser.parse_answer(json);
  check_grammar(json, answer);
  check_order(parser, json, answer);
  FUZZ_CHECK(parser.parse_result(json).has_value() == answer.has_value());
  if (!answer) {
    FUZZ_CHECK(answer.error().error_class == orders::ErrorClass::record);
    FUZZ_CHECK(orders::fuzz::can_be_shown(answer.error().message));
    return 0;
  }
  // Beside itself, and beside what it would be with another status.
  const auto other = splice_result(json, answer->splice, resolve(Status::reject, Status::reject));
  const auto passed = parser.parse_answer(other);
  FUZZ_CHECK(parser.parse_answer(json, {json, answer->order_id, answer->splice}) == *answer);
  FUZZ_CHECK(passed && parser.parse_answer(json, {other, passed->order_id, passed->splice}) == *answer);
  constexpr std::array statuses{Status::accept, Status::reject, Status::unknown};
  for (const auto payment : statuses) {
    for (const auto stock : statuses) check_splice(parser, std::string(json), *answer, resolve(payment, stock));
  }
  return 0;
}
