#include "database/array.h"

#include <charconv>
#include <utility>

namespace orders::database {

ArrayLiteral::ArrayLiteral(std::size_t expected_bytes) {
  literal_.reserve(expected_bytes + 2);
  literal_ = "{";
}

void ArrayLiteral::separate() {
  if (literal_.size() > 1) literal_ += ',';
}

void ArrayLiteral::add(std::int64_t value) {
  separate();
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  (void)error;  // 24 characters hold every 64-bit number
  literal_.append(digits, end);
}

void ArrayLiteral::add(std::string_view text) {
  separate();
  literal_ += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') literal_ += '\\';
    literal_ += c;
  }
  literal_ += '"';
}

void ArrayLiteral::add(const std::optional<std::string>& text) {
  if (text) return add(std::string_view(*text));
  separate();
  literal_ += "NULL";
}

std::string ArrayLiteral::take() {
  literal_ += '}';
  return std::move(literal_);
}

}  // namespace orders::database
