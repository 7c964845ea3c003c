#include "config/kinds.h"

#include <fmt/format.h>

#include <charconv>

#include "base/bytes.h"

namespace orders::config::kinds {

std::optional<std::int64_t> parse_whole(std::string_view text) { return parse_int64(text); }

std::optional<double> parse_decimal(std::string_view text) {
  // from_chars would also take "inf", "nan" and "1."; what stands here is digits, and perhaps a point between digits.
  const auto point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!digits(text.substr(0, point))) return std::nullopt;
  if (point != std::string_view::npos && !digits(text.substr(point + 1))) return std::nullopt;
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return value;
}

std::string format_decimal(double value) { return fmt::format("{:g}", value); }

std::string join_choices(const std::vector<std::string>& choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += choices[i];
  }
  return text;
}

Option row(std::string name, Type type, std::string text, std::string expected) {
  Option option;
  option.name = std::move(name);
  option.type = type;
  option.text = std::move(text);
  option.expected = std::move(expected);
  return option;
}

namespace {
Option bounded(Option option, std::string least, std::string most, std::string_view such_as) {
  option.expected += fmt::format(" from {} to {}{}", least, most, such_as);
  option.minimum = std::move(least);
  option.maximum = std::move(most);
  return option;
}
}  // namespace

Option whole_row(std::string name, Bounds<std::int64_t> bounds, std::string text) {
  return bounded(row(std::move(name), Type::whole, std::move(text), "a whole number"), std::to_string(bounds.least),
                 std::to_string(bounds.most), "");
}

Option decimal_row(std::string name, Bounds<double> bounds, std::string text) {
  return bounded(row(std::move(name), Type::decimal, std::move(text), "a number"), format_decimal(bounds.least),
                 format_decimal(bounds.most), "");
}

Option duration_row(std::string name, Bounds<Milliseconds> bounds, std::string text) {
  return bounded(row(std::move(name), Type::duration, std::move(text), "a duration"), format_duration(bounds.least),
                 format_duration(bounds.most), ", such as PT10S, 500ms or 5m");
}

Option size_row(std::string name, Bounds<std::uint64_t> bounds, std::string text) {
  return bounded(row(std::move(name), Type::size, std::move(text), "a size"), format_size(bounds.least),
                 format_size(bounds.most), ", such as 256MiB, 10KiB or 1048576");
}

}  // namespace orders::config::kinds
