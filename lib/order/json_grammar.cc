#include "order/json_grammar.h"

#include <algorithm>
#include <cstdint>

#include "order/json_scan.h"

namespace orders::order {
namespace {

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Of the four hexadecimal digits at the beginning.
std::uint32_t code_unit(std::string_view text) {
  std::uint32_t unit = 0;
  for (const char c : text.substr(0, 4)) unit = unit << 4 | static_cast<std::uint32_t>(hex_value(c));
  return unit;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto append = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  const auto append_rest = [&](int shift) { append(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return append(code);
  if (code < 0x800) {
    append(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    append(0xE0 | code >> 12);
    append_rest(6);
  } else {
    append(0xF0 | code >> 18);
    append_rest(12);
    append_rest(6);
  }
  append_rest(0);
}

/// Takes the code point of a \u escape, or of two that are a surrogate pair, from behind the first "\u".
bool take_code_point(std::string_view& text, std::uint32_t& code) {
  code = code_unit(text);
  text.remove_prefix(4);
  if (code < 0xD800 || code > 0xDFFF) return true;
  if (code > 0xDBFF || !text.starts_with("\\u")) return false;
  const auto low = code_unit(text.substr(2));
  if (low < 0xDC00 || low > 0xDFFF) return false;
  code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  text.remove_prefix(6);
  return true;
}

}  // namespace

bool is_json_number(std::string_view text) {
  const char* const end = text.data() + text.size();
  return end_of_number(text.data(), end) == end && !text.empty();
}

bool is_json_integer(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '.' || c == 'e' || c == 'E'; });
}

const char* end_of_escape(const char* at, const char* end) {
  if (end - at < 2) return nullptr;
  const char kind = at[1];
  if (kind != 'u') return std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos ? at + 2 : nullptr;
  if (end - at < 6 || !std::all_of(at + 2, at + 6, [](char c) { return hex_value(c) >= 0; })) return nullptr;
  return at + 6;
}

bool has_valid_escapes(std::string_view body) {
  const char* at = body.data();
  const char* const end = at + body.size();
  while (at && (at = std::find(at, end, '\\')) != end) at = end_of_escape(at, end);
  return at == end;
}

bool append_unescaped(std::string_view body, std::string& out) {
  constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t";
  for (auto stop = body.find('\\'); stop != std::string_view::npos; stop = body.find('\\')) {
    out += body.substr(0, stop);
    const char kind = body[stop + 1];
    body.remove_prefix(stop + 2);
    if (kind == 'u') {
      std::uint32_t code = 0;
      if (!take_code_point(body, code)) return false;
      append_utf8(out, code);
    } else {
      const auto letter = letters.find(kind);
      out += letter == std::string_view::npos ? kind : meanings[letter];
    }
  }
  out += body;
  return true;
}

}  // namespace orders::order
