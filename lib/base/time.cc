#include "base/time.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace orders {
namespace {

struct Unit {
  char letter;
  std::int64_t millis;
};

tl::unexpected<Error> not_a_duration(std::string_view text) {
  return fail(ErrorClass::invalid,
              fmt::format("'{}' is not a duration: expected ISO 8601 such as PT10S, or 500ms, 10s, 5m, 2h, 1d", text));
}

std::optional<std::int64_t> scaled(std::string_view number, std::int64_t unit) {
  // A sum of all units, from weeks to seconds, must not overflow.
  static constexpr auto largest = std::numeric_limits<std::int64_t>::max() / 8;
  if (number.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::int64_t value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec != std::errc{} || value > largest / unit) return std::nullopt;
  return value * unit;
}

/// Seconds may have up to three decimals: "1.5" of unit 1000.
std::optional<std::int64_t> scaled_seconds(std::string_view number) {
  const auto dot = number.find('.');
  if (dot == std::string_view::npos) return scaled(number, 1'000);
  std::string fraction(number.substr(dot + 1));
  if (fraction.empty() || fraction.size() > 3) return std::nullopt;
  fraction.resize(3, '0');
  const auto whole = scaled(number.substr(0, dot), 1'000);
  const auto millis = scaled(fraction, 1);
  if (!whole || !millis) return std::nullopt;
  return *whole + *millis;
}

std::optional<std::int64_t> parse_units(std::string_view text, std::span<const Unit> units) {
  std::int64_t total = 0;
  for (const Unit& unit : units) {
    const auto at = text.find(unit.letter);
    if (at == std::string_view::npos) continue;
    const auto part = unit.letter == 'S' ? scaled_seconds(text.substr(0, at)) : scaled(text.substr(0, at), unit.millis);
    if (!part) return std::nullopt;
    total += *part;
    text.remove_prefix(at + 1);
  }
  if (!text.empty()) return std::nullopt;
  return total;
}

std::optional<std::int64_t> parse_iso(std::string_view text) {
  static constexpr Unit days[] = {{'W', 604'800'000}, {'D', 86'400'000}};
  static constexpr Unit clock[] = {{'H', 3'600'000}, {'M', 60'000}, {'S', 1'000}};
  const auto t = text.find('T');
  const auto date = text.substr(0, t);
  const auto time = t == std::string_view::npos ? std::string_view{} : text.substr(t + 1);
  if (text.empty() || (t != std::string_view::npos && time.empty())) return std::nullopt;
  const auto a = parse_units(date, days);
  const auto b = parse_units(time, clock);
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

std::optional<std::int64_t> parse_suffix(std::string_view text) {
  static constexpr std::pair<std::string_view, std::int64_t> suffixes[] = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  const auto letters = text.find_first_not_of("0123456789");
  if (letters == std::string_view::npos) return std::nullopt;
  for (const auto& [name, millis] : suffixes) {
    if (text.substr(letters) == name) return scaled(text.substr(0, letters), millis);
  }
  return std::nullopt;
}

}  // namespace

Timestamp wall_clock_now() { return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now()); }

Result<Milliseconds> parse_duration(std::string_view text) {
  const auto millis = text.starts_with('P') ? parse_iso(text.substr(1)) : parse_suffix(text);
  if (!millis) return not_a_duration(text);
  return Milliseconds{*millis};
}

std::string format_duration(Milliseconds duration) {
  const std::int64_t ms = duration.count();
  if (ms < 0) return "-" + format_duration(Milliseconds{-ms});
  if (ms % 1'000 != 0) return fmt::format("{}ms", ms);
  if (ms == 0) return "PT0S";
  const std::int64_t seconds = ms / 1'000;
  std::string text = "P";
  if (const auto days = seconds / 86'400; days > 0) text += fmt::format("{}D", days);
  if (seconds % 86'400 == 0) return text;
  text += 'T';
  if (const auto hours = seconds / 3'600 % 24; hours > 0) text += fmt::format("{}H", hours);
  if (const auto minutes = seconds / 60 % 60; minutes > 0) text += fmt::format("{}M", minutes);
  if (seconds % 60 > 0) text += fmt::format("{}S", seconds % 60);
  return text;
}

std::string format_timestamp(Timestamp t) {
  // By hand: the system clock's nanoseconds end in the year 2262, a record's milliseconds don't.
  const auto rest = to_millis(t) % 1'000;
  const std::time_t seconds = to_millis(t) / 1'000 - (rest < 0 ? 1 : 0);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), rest < 0 ? rest + 1'000 : rest);
}

}  // namespace orders
