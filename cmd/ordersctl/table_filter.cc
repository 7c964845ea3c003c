#include "ordersctl/table_filter.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace orders::ctl {
namespace {

/// Exactly `digits` of them, taken off the front; nothing for anything else.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

/// The same behind a character.
std::optional<int> take_behind(char separator, std::string_view& text, std::size_t digits) {
  if (!text.starts_with(separator)) return std::nullopt;
  text.remove_prefix(1);
  return take_digits(text, digits);
}

/// "T12:00Z", "T12:00:00Z", "T12:00:00.123Z"
std::optional<Milliseconds> parse_time_of_day(std::string_view text) {
  const auto hours = take_behind('T', text, 2);
  const auto minutes = take_behind(':', text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  Milliseconds time = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  if (text.starts_with(':')) {
    const auto seconds = take_behind(':', text, 2);
    if (!seconds || *seconds > 59) return std::nullopt;
    time += std::chrono::seconds{*seconds};
    if (text.starts_with('.')) {
      const auto millis = take_behind('.', text, 3);
      if (!millis) return std::nullopt;
      time += Milliseconds{*millis};
    }
  }
  return text == "Z" ? std::optional(time) : std::nullopt;
}

std::optional<Timestamp> parse_date_and_time(std::string_view text) {
  const auto year = take_digits(text, 4);
  const auto month = take_behind('-', text, 2);
  const auto day = take_behind('-', text, 2);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  const auto time = text.empty() ? std::optional(Milliseconds{0}) : parse_time_of_day(text);
  if (!time) return std::nullopt;
  return Timestamp{std::chrono::sys_days{date}} + *time;
}

}  // namespace

std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now) {
  if (!text.starts_with('-')) return parse_date_and_time(text);
  const auto before = parse_duration(text.substr(1));
  return before ? std::optional(now - *before) : std::nullopt;
}

void add_filter(CLI::App& command, table::Filter& filter) {
  command.add_option_function<std::string>(
             "--status", [&filter](const std::string& text) { filter.status = text; }, "Only orders of this status")
      ->type_name("STATUS");
  command.add_option_function<std::string>(
             "--customer",
             [&filter](const std::string& text) {
               filter.customer_id = parse_int64(text);
               if (!filter.customer_id)
                 throw CLI::ValidationError("--customer", fmt::format("'{}' is not a whole number", text));
             },
             "Only those of this customer")
      ->type_name("N");
  command.add_option_function<std::string>(
             "--source", [&filter](const std::string& text) { filter.source = text; },
             "Only those of this source: PAYMENT or INVENTORY, whichever rejected")
      ->type_name("SOURCE");
  command.add_option_function<std::string>(
             "--since",
             [&filter](const std::string& text) {
               filter.since = parse_moment(text, wall_clock_now());
               if (filter.since) return;
               throw CLI::ValidationError(
                   "--since", fmt::format("'{}' is neither a time like 2026-01-31T12:00:00Z nor one like -15m", text));
             },
             "Only those whose record is not older: 2026-01-31T12:00:00Z, or -15m")
      ->type_name("TIME");
}

void add_offline(CLI::App& command, bool& offline) {
  command.add_flag("--offline", offline, "Read the table's folder, also where ordersd runs: what it flushed last");
}

}  // namespace orders::ctl
