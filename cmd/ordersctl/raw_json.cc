#include "ordersctl/raw_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace orders::ctl::raw_json {
namespace {

void skip_space(std::string_view& rest) {
  const auto at = rest.find_first_not_of(" \t\r\n");
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at);
}

std::size_t string_length(std::string_view rest) {
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      return i + 1;
    }
  }
  return rest.size();
}

std::size_t container_length(std::string_view rest) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '"') {
      i += string_length(rest.substr(i)) - 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return rest.size();
}

/// Takes the value at the front of valid JSON.
std::string_view take_value(std::string_view& rest) {
  skip_space(rest);
  std::size_t length = 0;
  if (rest.starts_with('"')) {
    length = string_length(rest);
  } else if (rest.starts_with('{') || rest.starts_with('[')) {
    length = container_length(rest);
  } else {
    length = std::min(rest.find_first_of(",]} \t\r\n"), rest.size());
  }
  const auto value = rest.substr(0, length);
  rest.remove_prefix(length);
  skip_space(rest);
  return value;
}

std::string decode(std::string_view string) {
  const auto parsed = nlohmann::json::parse(string, nullptr, false);
  return parsed.is_string() ? parsed.get<std::string>() : std::string(string);
}

/// Past the opening bracket, or nothing when it is another kind of value or an empty one.
bool enter(std::string_view& rest, char open, char close) {
  skip_space(rest);
  if (!rest.starts_with(open)) return false;
  rest.remove_prefix(1);
  skip_space(rest);
  return !rest.empty() && !rest.starts_with(close);
}

constexpr std::size_t most_levels = 50;  ///< what lies deeper stays on its line

void append_pretty(std::string& out, std::string_view value, std::size_t level) {
  skip_space(value);
  const auto pairs = level < most_levels ? members(value) : decltype(members(value)){};
  const auto items = level < most_levels ? elements(value) : decltype(elements(value)){};
  if (pairs.empty() && items.empty()) {
    out += value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    return;
  }
  const std::string indent(2 * (level + 1), ' ');
  out += pairs.empty() ? "[" : "{";
  const char* separator = "\n";
  for (const auto& [name, member] : pairs) {
    ((out += separator) += indent) += quote(name) + ": ";
    append_pretty(out, member, level + 1);
    separator = ",\n";
  }
  for (const auto item : items) {
    (out += separator) += indent;
    append_pretty(out, item, level + 1);
    separator = ",\n";
  }
  (out += '\n') += indent.substr(2);
  out += pairs.empty() ? "]" : "}";
}

}  // namespace

std::string pretty(std::string_view value) {
  std::string out;
  append_pretty(out, value, 0);
  return out;
}

std::vector<std::pair<std::string, std::string_view>> members(std::string_view object) {
  std::vector<std::pair<std::string, std::string_view>> found;
  if (!enter(object, '{', '}')) return found;
  while (!object.empty() && object.front() == '"') {
    auto name = decode(take_value(object));
    if (!object.starts_with(':')) break;
    object.remove_prefix(1);
    found.emplace_back(std::move(name), take_value(object));
    if (!object.starts_with(',')) break;
    object.remove_prefix(1);
    skip_space(object);
  }
  return found;
}

std::optional<std::string_view> member(std::string_view object, std::string_view name) {
  for (const auto& [found, value] : members(object)) {
    if (found == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> found;
  if (!enter(array, '[', ']')) return found;
  while (!array.empty()) {
    found.push_back(take_value(array));
    if (!array.starts_with(',')) break;
    array.remove_prefix(1);
  }
  return found;
}

std::string text(std::string_view value) {
  if (value == "null") return {};
  return value.starts_with('"') ? decode(value) : std::string(value);
}

std::string text(std::string_view object, std::string_view name) {
  const auto value = member(object, name);
  return value ? text(*value) : std::string{};
}

std::optional<std::int64_t> integer(std::string_view object, std::string_view name) {
  const auto value = member(object, name);
  return value ? parse_int64(*value) : std::nullopt;
}

bool is_true(std::string_view object, std::string_view name) { return member(object, name) == "true"; }

std::string one_line(std::string_view value) {
  std::string line(value);
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

std::string quote(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace orders::ctl::raw_json
