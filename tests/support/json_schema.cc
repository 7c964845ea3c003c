#include "support/json_schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "support/process.h"

namespace orders::test {
namespace {

using nlohmann::json;
using Mistakes = std::vector<std::string>;

json read_schema(const std::string& file) {
  const auto text = slurp(std::string(SOURCE_DIR "/docs/schemas/") + file);
  if (text.empty()) throw std::runtime_error("there is no schema docs/schemas/" + file);
  return json::parse(text);
}

/// JSON whose objects have each member once; one that is there again is a mistake.
json parse(std::string_view text, Mistakes& mistakes) {
  std::vector<std::set<std::string>> open;
  return json::parse(text, [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second) {
      mistakes.push_back(parsed.get<std::string>() + " stands there twice");
    }
    return true;
  });
}

bool is_of_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "number") return value.is_number();
  if (type == "integer") return value.is_number_integer();
  throw std::runtime_error("no type of JSON Schema: " + type);
}

/// Checks one value against one schema of one file.
class Check {
 public:
  Check(std::string file, Mistakes& mistakes)
      : file_(std::move(file)), root_(read_schema(file_)), mistakes_(mistakes) {}

  void at(const std::string& pointer, const std::string& place, const json& value) {
    check(pointer.empty() ? root_ : root_.at(json::json_pointer(pointer)), place, value);
  }

 private:
  void mistake(const std::string& place, const std::string& what) { mistakes_.push_back(place + ": " + what); }

  void check(const json& schema, const std::string& place, const json& value) {
    static const std::set<std::string> said = {"$schema", "$id", "$defs", "title", "description", "required"};
    for (const auto& [keyword, wanted] : schema.items()) {
      if (keyword == "type") {
        type(wanted, place, value);
      } else if (keyword == "enum") {
        if (std::find(wanted.begin(), wanted.end(), value) == wanted.end()) {
          mistake(place, value.dump() + " is none of " + wanted.dump());
        }
      } else if (keyword == "minimum") {
        if (value.is_number() && value < wanted) mistake(place, value.dump() + " is below " + wanted.dump());
      } else if (keyword == "items") {
        elements(wanted, place, value);
      } else if (keyword == "properties" || keyword == "additionalProperties") {
        continue;  // of members()
      } else if (keyword == "$ref") {
        refer(wanted, place, value);
      } else if (keyword == "oneOf") {
        one_of(wanted, place, value);
      } else if (!said.contains(keyword)) {
        throw std::runtime_error(file_ + ": the tests do not know the keyword " + keyword);
      }
    }
    if (value.is_object()) members(schema, place, value);
  }

  void type(const json& wanted, const std::string& place, const json& value) {
    const auto types = wanted.is_array() ? wanted : json::array({wanted});
    for (const auto& type : types) {
      if (is_of_type(value, type)) return;
    }
    mistake(place, std::string(value.type_name()) + " is not of type " + wanted.dump());
  }

  void elements(const json& schema, const std::string& place, const json& value) {
    for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
      check(schema, place + "/" + std::to_string(i), value[i]);
    }
  }

  void members(const json& schema, const std::string& place, const json& value) {
    for (const auto& name : schema.value("required", json::array())) {
      if (!value.contains(name)) mistake(place, "has no " + name.get<std::string>());
    }
    const auto properties = schema.value("properties", json::object());
    const bool describes = schema.value("type", json()) == "object" || !properties.empty();
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name)) {
        check(properties.at(name), place + "/" + name, member);
      } else if (schema.contains("additionalProperties")) {
        check(schema.at("additionalProperties"), place + "/" + name, member);
      } else if (describes) {
        mistake(place, name + " is not in the schema");
      }
    }
  }

  void refer(const std::string& reference, const std::string& place, const json& value) {
    const auto hash = std::min(reference.find('#'), reference.size());
    const auto pointer = reference.substr(std::min(hash + 1, reference.size()));
    if (hash == 0) return at(pointer, place, value);
    Check(reference.substr(0, hash), mistakes_).at(pointer, place, value);
  }

  void one_of(const json& schemas, const std::string& place, const json& value) {
    std::size_t fitting = 0;
    Mistakes why;
    for (const auto& schema : schemas) {
      Mistakes of_this;
      std::swap(mistakes_, of_this);
      check(schema, place, value);
      std::swap(mistakes_, of_this);
      if (of_this.empty()) ++fitting;
      why.insert(why.end(), of_this.begin(), of_this.end());
    }
    if (fitting > 1) mistake(place, "fits " + std::to_string(fitting) + " schemas of oneOf");
    if (fitting == 0) mistakes_.insert(mistakes_.end(), why.begin(), why.end());
  }

  std::string file_;
  json root_;
  Mistakes& mistakes_;
};

}  // namespace

std::vector<std::string> schema_mistakes(const std::string& schema, std::string_view text) {
  Mistakes mistakes;
  const auto value = parse(text, mistakes);
  const auto hash = std::min(schema.find('#'), schema.size());
  Check(schema.substr(0, hash), mistakes).at(schema.substr(std::min(hash + 1, schema.size())), "", value);
  return mistakes;
}

std::vector<std::string> schema_mistakes_of_lines(const std::string& schema, std::string_view lines) {
  Mistakes mistakes;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto of_line = schema_mistakes(schema, lines.substr(0, end));
    mistakes.insert(mistakes.end(), of_line.begin(), of_line.end());
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return mistakes;
}

}  // namespace orders::test
