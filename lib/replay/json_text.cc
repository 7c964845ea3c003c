#include "replay/json_text.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "order/json_grammar.h"

namespace orders::replay {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool ends_scalar(char c) { return is_space(c) || std::string_view(",:[]{}\"").find(c) != std::string_view::npos; }

void append_utf8(std::string& out, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      add(0xE0 | code >> 12);
    } else {
      add(0xF0 | code >> 18);
      add(0x80 | (code >> 12 & 0x3F));
    }
    add(0x80 | (code >> 6 & 0x3F));
  }
  add(0x80 | (code & 0x3F));
}

std::uint32_t hex(std::string_view digits) {
  std::uint32_t number = 0;
  for (const char c : digits)
    number = number * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  return number;
}

/// Of a body whose escapes are valid; false for half of a surrogate pair, which no UTF-8 can hold.
bool decode(std::string_view body, std::string& out) {
  for (auto stop = body.find('\\'); stop != std::string_view::npos; stop = body.find('\\')) {
    out += body.substr(0, stop);
    const char escape = body[stop + 1];
    body.remove_prefix(stop + 2);
    if (escape != 'u') {
      constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t";
      const auto at = letters.find(escape);
      out += at == std::string_view::npos ? escape : meanings[at];
      continue;
    }
    auto code = hex(body.substr(0, 4));
    body.remove_prefix(4);
    if (code >= 0xD800 && code < 0xE000) {
      if (code >= 0xDC00 || !body.starts_with("\\u")) return false;
      const auto low = hex(body.substr(2, 4));
      if (low < 0xDC00 || low >= 0xE000) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      body.remove_prefix(6);
    }
    append_utf8(out, code);
  }
  out += body;
  return true;
}

}  // namespace

bool JsonText::refuse(std::size_t at, std::string message) {
  mistake_at_ = at;
  mistake_ = std::move(message);
  return false;
}

void JsonText::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

char JsonText::peek() {
  skip_space();
  return at_ < text_.size() ? text_[at_] : '\0';
}

std::size_t JsonText::at() {
  skip_space();
  return at_;
}

bool JsonText::expect(char c, std::string_view what) {
  skip_space();
  if (at_ < text_.size() && text_[at_] == c) return ++at_, true;
  if (at_ == text_.size()) return refuse(at_, fmt::format("the line ends where {} is expected", what));
  const auto length = std::max<std::size_t>(1, utf8_length(text_.substr(at_)));
  return refuse(at_, fmt::format("{} is expected, not '{}'", what, printable(text_.substr(at_, length))));
}

bool JsonText::raw_string(std::string_view& raw) {
  const auto begin = at();
  if (!expect('"', "a string")) return false;
  while (at_ < text_.size() && text_[at_] != '"') {
    const auto length = utf8_length(text_.substr(at_));
    if (length == 0) return refuse(at_, "this is not UTF-8");
    if (static_cast<unsigned char>(text_[at_]) < 0x20) return refuse(at_, "a control character stands in a string");
    at_ += text_[at_] == '\\' ? 2 : length;
  }
  if (at_ >= text_.size()) return refuse(begin, "this string is not closed");
  raw = text_.substr(begin, ++at_ - begin);
  if (!order::has_valid_escapes(raw.substr(1, raw.size() - 2))) {
    return refuse(begin, "this string has an escape that JSON does not know");
  }
  return true;
}

bool JsonText::string(std::string& decoded) {
  const auto begin = at();
  std::string_view raw;
  if (!raw_string(raw)) return false;
  decoded.clear();
  if (decode(raw.substr(1, raw.size() - 2), decoded)) return true;
  return refuse(begin, "half of a surrogate pair stands in this string");
}

/// A number, true, false or null.
bool JsonText::scalar() {
  const auto begin = at();
  while (at_ < text_.size() && !ends_scalar(text_[at_])) ++at_;
  const auto word = text_.substr(begin, at_ - begin);
  if (word == "true" || word == "false" || word == "null" || order::is_json_number(word)) return true;
  if (!word.empty()) return refuse(begin, fmt::format("'{}' is not JSON", printable(word, 40)));
  at_ = begin;
  return refuse(begin, begin == text_.size() ? "the line ends where a value is expected" : "a value is expected");
}

bool JsonText::member_name() {
  std::string_view name;
  return raw_string(name) && expect(':', "':'");
}

/// Behind a value, `open` being what is open around it: goes to where the next value begins, or clears `open`.
bool JsonText::next_in(std::string& open) {
  while (!open.empty()) {
    const bool in_object = open.back() == '{';
    if (peek() == ',') {
      ++at_;
      return !in_object || member_name();
    }
    if (!expect(in_object ? '}' : ']', in_object ? "',' or '}'" : "',' or ']'")) return false;
    open.pop_back();
  }
  return true;
}

bool JsonText::value(std::string_view& raw) {
  const auto begin = at();
  std::string open;  // no recursion: a record may nest as deep as it likes
  do {
    const char c = peek();
    if (c == '{' || c == '[') {
      ++at_;
      open += c;
      const bool empty = peek() == (c == '{' ? '}' : ']');
      if (!empty && (c == '[' || member_name())) continue;
      if (!empty) return false;
      ++at_;
      open.pop_back();
    } else if (std::string_view string; c == '"' ? !raw_string(string) : !scalar()) {
      return false;
    }
    if (!next_in(open)) return false;
  } while (!open.empty());
  raw = text_.substr(begin, at_ - begin);
  return true;
}

bool JsonText::integer(std::int64_t& number) {
  const auto begin = at();
  std::string_view raw;
  if (!value(raw)) return false;
  const auto parsed = parse_int64(raw);
  if (!parsed) return refuse(begin, fmt::format("a whole number of 64 bits is expected, not {}", printable(raw, 40)));
  number = *parsed;
  return true;
}

bool JsonText::take_null() {
  if (!text_.substr(at()).starts_with("null")) return false;
  at_ += 4;
  return true;
}

bool JsonText::object(FunctionRef<bool(std::string_view)> on_member) {
  if (!expect('{', "an object")) return false;
  if (peek() == '}') return ++at_, true;
  std::string name;
  do {
    member_at_ = at();
    if (!string(name) || !expect(':', "':'") || !on_member(name)) return false;
  } while (peek() == ',' && ++at_);
  return expect('}', "',' or '}'");
}

bool JsonText::array(FunctionRef<bool()> on_element) {
  if (!expect('[', "a list")) return false;
  if (peek() == ']') return ++at_, true;
  do {
    if (!on_element()) return false;
  } while (peek() == ',' && ++at_);
  return expect(']', "',' or ']'");
}

bool JsonText::end() {
  skip_space();
  return at_ == text_.size() || refuse(at_, "the line goes on behind its object");
}

bool is_bare_json(std::string_view text) {
  JsonText json(text);
  std::string_view raw;
  return json.value(raw) && raw.size() == text.size();
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    constexpr std::string_view special = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
    if (const auto at = special.find(c); at != std::string_view::npos) {
      (out += '\\') += letters[at];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace orders::replay
