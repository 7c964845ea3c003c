#include "dlq/letter.h"

#include <fmt/format.h>

namespace orders::dlq {
namespace {

template <class Text>
std::optional<std::string> copy(const std::optional<Text>& text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

}  // namespace

std::string Letter::id() const { return fmt::format("{}@{}", at.text(), offset); }

std::string Letter::original() const {
  return of.topic.empty() ? std::string{} : fmt::format("{}[{}]@{}", of.topic, of.partition, of.offset);
}

std::string Letter::reason() const { return of.reason.empty() ? "unknown" : of.reason; }

std::string Letter::identity() const {
  // The application comes last: it may hold anything.
  if (of.topic.empty()) return fmt::format("{} {} {}", id(), to_millis(time), of.application);
  return fmt::format("{} {} {}", original(), of.timestamp ? to_millis(*of.timestamp) : -1, of.application);
}

bool Letter::missed_its_partner() const {
  return of.reason == to_string(failure::Reason::late) || of.reason == to_string(failure::Reason::unmatched);
}

Letter letter_of(const kafka::Record& record) {
  Letter letter;
  letter.at = {std::string(record.topic()), record.partition()};
  letter.offset = record.offset();
  letter.time = record.timestamp();
  letter.key = copy(record.key());
  letter.value = copy(record.value());
  letter.headers = record.copy_headers();
  letter.of = failure::read_headers(letter.headers);
  return letter;
}

}  // namespace orders::dlq
