// JSON Schema of the file, for editors and for programs that write one.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "config/given.h"
#include "config/loader.h"
#include "config/options.h"

namespace orders::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* duration_pattern =
    "^(P(?=.)([0-9]+W)?([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]{1,3})?S)?)?|[0-9]+(ms|s|m|h|d))$";
constexpr const char* size_pattern = "^[0-9]+(B|KiB|MiB|GiB|TiB)?$";

Json type_schema(const Option& option) {
  switch (option.type) {
    case Type::text:
      return {{"type", "string"}};
    case Type::whole:
      return {{"type", "integer"}, {"minimum", Json::parse(option.minimum)}, {"maximum", Json::parse(option.maximum)}};
    case Type::decimal:
      return {{"type", "number"}, {"minimum", Json::parse(option.minimum)}, {"maximum", Json::parse(option.maximum)}};
    case Type::duration:
      return {{"type", "string"}, {"pattern", duration_pattern}};
    case Type::size:
      return {{"type", {"string", "integer"}}, {"pattern", size_pattern}, {"minimum", 0}};
    case Type::choice:
      return {{"enum", option.choices}};
    case Type::properties:
      return {{"type", {"object", "null"}}, {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}};
  }
  return Json::object();
}

Json default_value(const Option& option, const Config& defaults) {
  const auto text = option.get(defaults);
  const bool as_it_stands =
      option.type == Type::whole || option.type == Type::decimal || option.type == Type::properties;
  return as_it_stands ? Json::parse(text) : Json(text);
}

Json section_schema(const std::string& description) {
  return {{"description", description},
          {"type", {"object", "null"}},
          {"additionalProperties", false},
          {"properties", Json::object()}};
}

Json option_schema(const Option& option) {
  Json schema = type_schema(option);
  schema["description"] = option.text;
  schema["default"] = default_value(option, Config{});
  schema["x-expected"] = option.expected;
  schema["x-environment"] = environment_name(option.name);
  if (option.secret) schema["x-secret"] = true;
  if (option.reloadable) schema["x-reloadable"] = true;
  return schema;
}

/// The object that holds the keys of a section, made on the way down.
Json& members_of(Json& root, std::string_view section) {
  if (section.empty()) return root["properties"];
  Json& above = members_of(root, parent_of(section));
  const std::string key(leaf_of(section));
  const Section* found = find_section(section);
  if (!above.contains(key)) above[key] = section_schema(found == nullptr ? "" : found->text);
  return above[key].contains("oneOf") ? above[key]["oneOf"][1]["properties"] : above[key]["properties"];
}

/// An option that can also be written as its parts.
Json with_parts(const Option& option) {
  Json schema = option_schema(option);
  schema.erase("type");
  schema.erase("pattern");
  schema["oneOf"] = {type_schema(option), section_schema(find_section(option.name)->text)};
  return schema;
}

}  // namespace

std::string schema_json() {
  Json root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
               {"title", "Configuration of ordersd"},
               {"type", {"object", "null"}},
               {"additionalProperties", false},
               {"properties", Json::object()}};
  for (const Option& option : options()) {
    members_of(root, parent_of(option.name))[std::string(leaf_of(option.name))] =
        find_section(option.name) == nullptr ? option_schema(option) : with_parts(option);
  }
  return root.dump(2);
}

}  // namespace orders::config
