#include "base/moment.h"

#include <algorithm>

namespace orders {
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

std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now) {
  if (!text.starts_with('-')) return parse_time(text);
  const auto ago = parse_duration(text.substr(1));
  if (!ago) return std::nullopt;
  return now - std::min(*ago, std::max(Milliseconds{0}, now.time_since_epoch()));
}

}  // namespace orders
