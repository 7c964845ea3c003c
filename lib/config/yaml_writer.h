// A configuration file, written from the table: show and the example differ only in values and comments.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "config/options.h"

namespace orders::config {

/// As a YAML scalar: plain where that is the same text again, else in double quotes.
[[nodiscard]] std::string yaml_scalar(std::string_view text);

struct YamlContent {
  const Config* config = nullptr;
  std::map<std::string, std::string> properties;  ///< of kafka.properties, masked already
  std::function<std::string(const Option&)> comment;
};

[[nodiscard]] std::string write_yaml(const YamlContent& content);

/// The value of an option as text, its secrets masked.
[[nodiscard]] std::string masked_value(const Option& option, const Config& config);
[[nodiscard]] std::map<std::string, std::string> masked_properties(const Config& config);

}  // namespace orders::config
