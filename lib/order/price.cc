#include "order/price.h"

#include <algorithm>
#include <charconv>

#include "order/json_grammar.h"

namespace orders::order {
namespace {

constexpr std::int64_t max_scale = 18;  // 10^18 is the largest power of ten in 64 bits

/// Appends a digit; false when the number no longer fits. Counts downwards, because INT64_MIN has no positive twin.
bool append_digit(std::int64_t& negative, char digit) {
  return !__builtin_mul_overflow(negative, 10, &negative) && !__builtin_sub_overflow(negative, digit - '0', &negative);
}

/// The exponent's value; one beyond 64 bits becomes one that no price can bear.
std::int64_t parse_exponent(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  constexpr std::int64_t absurd = std::int64_t{1} << 40;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return text.starts_with('-') ? -absurd : absurd;
  return std::clamp(value, -absurd, absurd);
}

}  // namespace

std::optional<Price> Price::parse(std::string_view decimal) {
  if (!is_json_number(decimal)) return std::nullopt;
  const bool is_negative = decimal.front() == '-';
  std::int64_t scale = 0;
  if (const auto e = decimal.find_first_of("eE"); e != std::string_view::npos) {
    scale = -parse_exponent(decimal.substr(e + 1));
    decimal = decimal.substr(0, e);
  }
  if (const auto dot = decimal.find('.'); dot != std::string_view::npos) {
    scale += static_cast<std::int64_t>(decimal.size() - dot - 1);
  }
  std::int64_t value = 0;  // never positive
  for (const char c : decimal) {
    if (c != '-' && c != '.' && !append_digit(value, c)) return std::nullopt;
  }
  if (value == 0) scale = std::max<std::int64_t>(scale, 0);
  for (; scale < 0; ++scale) {
    if (!append_digit(value, '0')) return std::nullopt;
  }
  if (scale > max_scale) return std::nullopt;
  if (!is_negative && __builtin_sub_overflow(0, value, &value)) return std::nullopt;
  return Price(value, static_cast<std::uint8_t>(scale));
}

std::string Price::text() const {
  const auto magnitude = static_cast<std::uint64_t>(unscaled_);
  std::string digits = std::to_string(unscaled_ < 0 ? 0 - magnitude : magnitude);
  if (digits.size() <= scale_) digits.insert(0, scale_ + 1 - digits.size(), '0');
  if (scale_ > 0) digits.insert(digits.size() - scale_, 1, '.');
  if (unscaled_ < 0) digits.insert(0, 1, '-');
  return digits;
}

}  // namespace orders::order
