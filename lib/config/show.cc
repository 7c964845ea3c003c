// The effective values, for people and for programs.
#include <nlohmann/json.hpp>

#include "config/loader.h"
#include "config/yaml_writer.h"

namespace orders::config {
namespace {

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::default_value:
      return "default";
    case Origin::file:
      return "file";
    case Origin::environment:
      return "environment";
    case Origin::flag:
      return "flag";
  }
  return "?";
}

Origin origin_of(const Loaded& loaded, const Option& option) {
  for (const auto& [name, origin] : loaded.origins) {
    if (name == option.name) return origin;
  }
  return Origin::default_value;
}

nlohmann::ordered_json json_value(const Option& option, const Config& config) {
  if (option.type == Type::properties) return masked_properties(config);
  const auto text = masked_value(option, config);
  if (option.type == Type::whole || option.type == Type::decimal) return nlohmann::ordered_json::parse(text);
  if (option.name == "join.window" && config.join.before != config.join.after) {
    return {{"before", format_duration(config.join.before)}, {"after", format_duration(config.join.after)}};
  }
  return text;
}

}  // namespace

std::string show_yaml(const Loaded& loaded) {
  return write_yaml({&loaded.config, masked_properties(loaded.config), [&](const Option& option) {
                       const auto origin = origin_of(loaded, option);
                       return origin == Origin::default_value ? std::string() : std::string(to_string(origin));
                     }});
}

std::string show_json(const Loaded& loaded) {
  nlohmann::ordered_json shown = nlohmann::ordered_json::object();
  for (const Option& option : options()) {
    shown[option.name] = {{"value", json_value(option, loaded.config)},
                          {"origin", to_string(origin_of(loaded, option))}};
  }
  return shown.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace orders::config
