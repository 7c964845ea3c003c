#include "failure/dead_letter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/bytes.h"

namespace orders::failure {
namespace {

struct Name {
  Reason reason;
  std::string_view text;
  std::string_view exception;
};

constexpr std::array<Name, 12> names{{
    {Reason::invalid_key, "invalid_key", "orders.failure.InvalidKey"},
    {Reason::invalid_value, "invalid_value", "orders.failure.InvalidValue"},
    {Reason::key_mismatch, "key_mismatch", "orders.failure.KeyMismatch"},
    {Reason::invalid_status, "invalid_status", "orders.failure.InvalidStatus"},
    {Reason::invalid_timestamp, "invalid_timestamp", "orders.failure.InvalidTimestamp"},
    {Reason::too_large, "too_large", "orders.failure.TooLarge"},
    {Reason::late, "late", "orders.failure.Late"},
    {Reason::unmatched, "unmatched", "orders.failure.Unmatched"},
    {Reason::database_refused, "database_refused", "orders.failure.DatabaseRefused"},
    {Reason::missing_order, "missing_order", "orders.failure.MissingOrder"},
    {Reason::invalid_result, "invalid_result", "orders.failure.InvalidResult"},
    {Reason::broker_refused, "broker_refused", "orders.failure.BrokerRefused"},
}};

constexpr std::string_view spring_prefix = "kafka_dlt-";
constexpr std::string_view attempt_header = "orders-attempt";
constexpr std::string_view left_out_header = "orders-value-left-out";
/// Exactly these: another header that begins with "orders-" belongs to someone else and stays.
constexpr std::array<std::string_view, 7> our_headers{
    "orders-reason", attempt_header, "orders-application", "orders-instance", "orders-origin", "orders-time",
    left_out_header};

bool is_replaced(const kafka::Header& header) {
  return header.name.starts_with(spring_prefix) ||
         std::find(our_headers.begin(), our_headers.end(), header.name) != our_headers.end();
}

/// Of the newest header of that name; empty where there is none, or a null one.
std::string_view newest(const std::vector<kafka::Header>& headers, std::string_view name) {
  const auto found =
      std::find_if(headers.rbegin(), headers.rend(), [&](const auto& header) { return header.name == name; });
  return found == headers.rend() || !found->value ? std::string_view{} : std::string_view(*found->value);
}

/// What the newest attempt header says, 0 without one. A header that isn't a count begins anew.
std::int64_t attempts(const std::vector<kafka::Header>& headers) {
  const auto attempt = parse_int64(newest(headers, attempt_header));
  return !attempt || *attempt < 1 ? 0 : *attempt;
}

std::int64_t next_attempt(const std::vector<kafka::Header>& headers) {
  const auto attempt = attempts(headers);
  return attempt == std::numeric_limits<std::int64_t>::max() ? attempt : attempt + 1;
}

std::string be32(std::int32_t value) {
  std::string bytes;
  append_be32(bytes, static_cast<std::uint32_t>(value));
  return bytes;
}

std::string be64(std::int64_t value) {
  std::string bytes;
  append_be64(bytes, static_cast<std::uint64_t>(value));
  return bytes;
}

template <class Text>
std::optional<std::string> copy(const std::optional<Text>& text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

void append_spring_headers(std::vector<kafka::Header>& headers, const Rejected& rejected, Reason reason,
                           std::string_view message) {
  const auto add = [&](std::string_view name, std::string value) {
    headers.push_back({std::string(spring_prefix).append(name), std::move(value)});
  };
  add("exception-fqcn", std::string(exception_name(reason)));
  add("exception-message", std::string(message));
  add("original-topic", std::string(rejected.topic));
  add("original-partition", be32(rejected.partition));
  add("original-offset", be64(rejected.offset));
  add("original-timestamp", be64(to_millis(rejected.timestamp)));
  add("original-timestamp-type", std::string(rejected.timestamp_type));
}

}  // namespace

std::string_view to_string(Reason reason) {
  for (const Name& name : names) {
    if (name.reason == reason) return name.text;
  }
  return "unknown";
}

std::vector<std::string_view> reason_names() {
  std::vector<std::string_view> texts;
  for (const auto& name : names) texts.push_back(name.text);
  return texts;
}

std::string_view exception_name(Reason reason) {
  for (const Name& name : names) {
    if (name.reason == reason) return name.exception;
  }
  return "orders.failure.Unknown";
}

kafka::OutputRecord dead_letter(const std::string& topic, Rejected rejected, Reason reason, std::string_view message,
                                const Origin& origin, Timestamp now) {
  const std::int64_t attempt = next_attempt(rejected.headers);
  kafka::OutputRecord letter;
  letter.topic = topic;
  letter.key = copy(rejected.key);
  letter.value = copy(rejected.value);
  letter.timestamp = now;
  letter.headers = std::move(rejected.headers);
  std::erase_if(letter.headers, is_replaced);
  append_spring_headers(letter.headers, rejected, reason, message);
  letter.headers.push_back({"orders-reason", std::string(to_string(reason))});
  letter.headers.push_back({std::string(attempt_header), std::to_string(attempt)});
  letter.headers.push_back({"orders-application", origin.application_id});
  letter.headers.push_back({"orders-instance", origin.instance_id});
  letter.headers.push_back({"orders-origin", origin.origin});
  letter.headers.push_back({"orders-time", format_timestamp(now)});
  return letter;
}

LetterHeaders read_headers(const std::vector<kafka::Header>& headers) {
  const auto spring = [&](std::string_view name) { return newest(headers, std::string(spring_prefix).append(name)); };
  LetterHeaders read;
  read.application = newest(headers, "orders-application");
  read.origin = newest(headers, "orders-origin");
  read.reason = newest(headers, "orders-reason");
  read.message = spring("exception-message");
  read.attempt = std::max<std::int64_t>(attempts(headers), 1);
  read.value_left_out = std::ranges::any_of(headers, [](const auto& header) { return header.name == left_out_header; });
  const auto topic = spring("original-topic"), partition = spring("original-partition"),
             offset = spring("original-offset"), timestamp = spring("original-timestamp");
  if (timestamp.size() == 8) read.timestamp = from_millis(static_cast<std::int64_t>(load_be64(timestamp.data())));
  if (topic.empty() || partition.size() != 4 || offset.size() != 8) return read;
  read.topic = topic;
  read.partition = static_cast<std::int32_t>(load_be32(partition.data()));
  read.offset = static_cast<std::int64_t>(load_be64(offset.data()));
  return read;
}

std::vector<kafka::Header> headers_to_redrive(std::vector<kafka::Header> headers) {
  const auto attempt = std::max<std::int64_t>(attempts(headers), 1);
  std::erase_if(headers, is_replaced);
  headers.push_back({std::string(attempt_header), std::to_string(attempt)});
  return headers;
}

void leave_value_out(kafka::OutputRecord& letter) {
  const auto size = letter.value ? letter.value->size() : 0;
  letter.headers.push_back({std::string(left_out_header), fmt::format("{} bytes, refused by the broker", size)});
  letter.value.reset();
}

std::string original_of(const kafka::OutputRecord& letter) {
  const auto of = read_headers(letter.headers);
  if (of.topic.empty()) return "an unknown record";
  return fmt::format("{}[{}]@{}", of.topic, of.partition, of.offset);
}

}  // namespace orders::failure
