#include "reset/target.h"

#include <fmt/format.h>

#include <optional>

#include "base/bytes.h"

namespace orders::reset {
namespace {

using namespace std::chrono;

/// Exactly `width` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  const auto digits = text.substr(0, width);
  if (digits.size() < width || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  text.remove_prefix(width);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<sys_days> take_date(std::string_view& text) {
  const auto y = take_digits(text, 4);
  if (!y || !take(text, "-")) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || !take(text, "-")) return std::nullopt;
  const auto d = take_digits(text, 2);
  if (!d) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

/// "12:00", "12:00:00", "12:00:00.123"
std::optional<Milliseconds> take_clock(std::string_view& text) {
  const auto h = take_digits(text, 2);
  if (!h || *h > 23 || !take(text, ":")) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || *m > 59) return std::nullopt;
  Milliseconds time = hours{*h} + minutes{*m};
  if (!take(text, ":")) return time;
  const auto s = take_digits(text, 2);
  if (!s || *s > 59) return std::nullopt;
  time += seconds{*s};
  if (!take(text, ".")) return time;
  int unit = 100;
  bool any = false;
  for (; !text.empty() && unit > 0; unit /= 10, any = true) {
    const auto digit = take_digits(text, 1);
    if (!digit) break;
    time += Milliseconds{*digit * unit};
  }
  if (!any) return std::nullopt;
  return time;
}

/// "Z", "+01:00", or nothing, which is UTC; all of what is left.
std::optional<minutes> take_zone(std::string_view text) {
  if (text.empty() || text == "Z") return minutes{0};
  const bool west = text.front() == '-';
  if (!take(text, "+-")) return std::nullopt;
  const auto h = take_digits(text, 2);
  if (!h || *h > 14 || !take(text, ":")) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || *m > 59 || !text.empty()) return std::nullopt;
  const auto ahead = hours{*h} + minutes{*m};
  return west ? -ahead : ahead;
}

std::optional<Timestamp> parse_time(std::string_view text) {
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  if (text.empty()) return Timestamp{*date};
  if (!take(text, "T ")) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto zone = take_zone(text);
  if (!zone) return std::nullopt;
  const auto time = Timestamp{*date} + *clock - *zone;
  return time < Timestamp{} ? std::nullopt : std::optional(time);
}

}  // namespace

Result<Target> parse_target(std::string_view text, Timestamp now) {
  using Kind = Target::Kind;
  if (text == "current") return Target{Kind::current, 0, {}};
  if (text == "earliest") return Target{Kind::earliest, 0, {}};
  if (text == "latest") return Target{Kind::latest, 0, {}};
  if (const auto offset = parse_int64(text); offset && *offset >= 0) return Target{Kind::offset, *offset, {}};
  if (text.starts_with('-')) {
    const auto back = parse_duration(text.substr(1));
    if (back) return Target{Kind::time, 0, std::max(now - *back, Timestamp{})};
  }
  if (const auto time = parse_time(text)) return Target{Kind::time, 0, *time};
  return fail(ErrorClass::invalid,
              fmt::format("'{}' is no place: expected earliest, latest, current, an offset, a time such as "
                          "2026-01-31T12:00:00Z, or a duration before now such as -15m",
                          text));
}

Result<std::int64_t> offset_at(const Target& target, const kafka::TopicPartition& at, const kafka::Watermarks& marks,
                               std::int64_t current, std::int64_t at_time) {
  switch (target.kind) {
    case Target::Kind::current:
      return current;
    case Target::Kind::earliest:
      return marks.low;
    case Target::Kind::latest:
      return marks.high;
    case Target::Kind::time:
      return at_time < 0 ? marks.high : std::min(at_time, marks.high);
    case Target::Kind::offset:
      break;
  }
  if (target.offset < marks.low || target.offset > marks.high) {
    return fail(ErrorClass::invalid, fmt::format("{} has no offset {}: it begins at {} and ends at {}", at.text(),
                                                 target.offset, marks.low, marks.high));
  }
  return target.offset;
}

}  // namespace orders::reset
