// Dead letters of records with any headers, and the form in which headers wait in the buffer. The input, by lines:
// partition, offset, timestamp and reason (numbers); the value; then the headers, "name=value", or "name" for null.
#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "check.h"
#include "failure/dead_letter.h"
#include "topology/source_record.h"

namespace orders::failure {
namespace {

using Headers = std::vector<kafka::Header>;

constexpr std::array<std::string_view, 7> spring{
    "kafka_dlt-exception-fqcn",   "kafka_dlt-exception-message",  "kafka_dlt-original-topic",
    "kafka_dlt-original-partition", "kafka_dlt-original-offset", "kafka_dlt-original-timestamp",
    "kafka_dlt-original-timestamp-type"};
constexpr std::array<std::string_view, 6> ours{"orders-reason",   "orders-attempt", "orders-application",
                                               "orders-instance", "orders-origin",  "orders-time"};

std::int64_t number(std::string_view& line) { return parse_int64(fuzz::take(line, ' ')).value_or(0); }

Headers headers_of(std::string_view lines) {
  Headers headers;
  while (!lines.empty()) {
    auto value = fuzz::take(lines, '\n');
    const bool has_value = value.find('=') != std::string_view::npos;
    auto& header = headers.emplace_back();
    header.name = fuzz::take(value, '=');
    if (has_value) header.value = value;
  }
  return headers;
}

Headers own(Headers headers) {
  std::erase_if(headers, [](const kafka::Header& header) {
    return header.name.starts_with("kafka_dlt-") || header.name == "orders-value-left-out" ||
           std::ranges::find(ours, header.name) != ours.end();
  });
  return headers;
}

/// What a reader makes of the letter's headers is what was known of the record.
std::int64_t check_headers(const kafka::OutputRecord& letter, const Rejected& rejected, Reason reason) {
  const auto kept = own(rejected.headers);
  const auto& headers = letter.headers;
  FUZZ_CHECK(headers.size() == kept.size() + spring.size() + ours.size());
  FUZZ_CHECK(std::equal(kept.begin(), kept.end(), headers.begin()));
  const auto added = std::span(headers).subspan(kept.size());
  FUZZ_CHECK(std::ranges::equal(spring, added.first(spring.size()), {}, {}, &kafka::Header::name));
  FUZZ_CHECK(std::ranges::equal(ours, added.subspan(spring.size()), {}, {}, &kafka::Header::name));
  FUZZ_CHECK(std::ranges::all_of(added, [](const kafka::Header& header) { return header.value.has_value(); }));
  const auto value = [&](std::size_t i) -> const std::string& { return *added[i].value; };
  FUZZ_CHECK(value(2) == rejected.topic);
  FUZZ_CHECK(value(3).size() == 4 && static_cast<std::int32_t>(load_be32(value(3).data())) == rejected.partition);
  FUZZ_CHECK(value(4).size() == 8 && static_cast<std::int64_t>(load_be64(value(4).data())) == rejected.offset);
  FUZZ_CHECK(value(5).size() == 8 &&
             static_cast<std::int64_t>(load_be64(value(5).data())) == to_millis(rejected.timestamp));
  FUZZ_CHECK(value(7) == to_string(reason) && fuzz::can_be_shown(value(12)));
  const auto attempt = parse_int64(value(8));
  FUZZ_CHECK(attempt && *attempt >= 1);
  return *attempt;
}

/// Who drains it finds the record, and gives back its headers and the count.
void check_redriven(const kafka::OutputRecord& letter, const Rejected& rejected, std::int64_t attempt) {
  const auto of = read_headers(letter.headers);
  FUZZ_CHECK(of.topic == rejected.topic && of.partition == rejected.partition && of.offset == rejected.offset);
  FUZZ_CHECK(of.timestamp == rejected.timestamp && of.attempt == attempt && !of.value_left_out);
  auto expected = own(rejected.headers);
  std::erase_if(expected, [](const kafka::Header& header) { return header.name == "orders-value-left-out"; });
  expected.push_back({"orders-attempt", std::to_string(attempt)});
  FUZZ_CHECK(headers_to_redrive(letter.headers) == expected);
}

void check_packed(const Headers& headers) {
  std::vector<kafka::HeaderView> views;
  for (const auto& [name, value] : headers) views.push_back({name, value});
  FUZZ_CHECK(topology::unpack(topology::pack(views, "CreateTime")) == headers);
}

}  // namespace
}  // namespace orders::failure

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orders::failure;
  namespace fuzz = orders::fuzz;
  auto text = fuzz::text_of(data, size);
  auto line = fuzz::take(text, '\n');
  Rejected rejected;
  rejected.topic = "payment-orders";
  rejected.partition = static_cast<std::int32_t>(number(line));
  rejected.offset = number(line);
  rejected.timestamp = orders::from_millis(number(line));
  const auto reason = static_cast<Reason>(static_cast<std::uint64_t>(number(line)) % 10);
  rejected.key = rejected.value = fuzz::take(text, '\n');
  rejected.headers = headers_of(text);
  check_packed(rejected.headers);

  const Origin origin{"orders", "one", "join"};
  const auto letter = dead_letter("recovererDLQ", rejected, reason, "why", origin, rejected.timestamp);
  FUZZ_CHECK(letter.key == rejected.key && letter.value == rejected.value);
  const auto attempt = check_headers(letter, rejected, reason);
  check_redriven(letter, rejected, attempt);
  check_packed(letter.headers);

  // Driven again and failed again.
  rejected.headers = letter.headers;
  const auto second = dead_letter("recovererDLQ", rejected, reason, "why", origin, rejected.timestamp);
  FUZZ_CHECK(check_headers(second, rejected, reason) - attempt <= 1);
  FUZZ_CHECK(own(second.headers) == own(letter.headers));
  return 0;
}
