#include "order/json_grammar.h"

#include <algorithm>

namespace orders::order {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool skip_one_of(std::string_view& text, std::string_view chars) {
  if (text.empty() || chars.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

bool is_json_number(std::string_view text) {
  // Plain pointers: this runs for each number of each record.
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto skip_digits = [&] {
    const char* const first = at;
    while (at != end && is_digit(*at)) ++at;
    return at != first;
  };
  if (at != end && *at == '-') ++at;
  if (at != end && *at == '0') {
    ++at;
  } else if (!skip_digits()) {
    return false;
  }
  if (at != end && *at == '.' && (++at, !skip_digits())) return false;
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!skip_digits()) return false;
  }
  return at == end;
}

bool is_json_integer(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '.' || c == 'e' || c == 'E'; });
}

bool has_valid_escapes(std::string_view body) {
  for (auto at = body.find('\\'); at != std::string_view::npos; at = body.find('\\')) {
    body.remove_prefix(at + 1);
    if (skip_one_of(body, "\"\\/bfnrt")) continue;
    if (!skip_one_of(body, "u") || body.size() < 4) return false;
    if (!std::all_of(body.begin(), body.begin() + 4, is_hex_digit)) return false;
    body.remove_prefix(4);
  }
  return true;
}

}  // namespace orders::order
