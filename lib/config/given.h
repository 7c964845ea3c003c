// What a source says about an option, before it is known to be right.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/loader.h"
#include "config/options.h"

namespace orders::config {

/// How the value was written. Flags and the environment have only `untyped`.
enum class Form : unsigned char { untyped, plain, quoted, nothing, list, map };

struct Given {
  const Option* option = nullptr;
  std::string property;  ///< of kafka.properties: which one
  std::string text;
  Form form = Form::untyped;
  std::string where;
  Origin origin = Origin::file;
  /// "join.window", "kafka.properties.linger.ms"
  [[nodiscard]] std::string name() const { return property.empty() ? option->name : option->name + "." + property; }
};

/// In the order of the sources: values, and what could not even be matched to an option.
using Findings = std::vector<std::variant<Given, Problem>>;

void read_yaml_file(const std::filesystem::path& path, Findings& findings);
/// The same of a text; `path` stands in the problems.
void read_yaml(const std::string& text, std::string path, Findings& findings);
void read_environment(const std::vector<std::pair<std::string, std::string>>& environment, Findings& findings);
void read_flags(const std::vector<std::string>& flags, Findings& findings);

/// What load() makes of them, but for what they do not say: the host's name, and secrets that are in files.
[[nodiscard]] Loaded merged(const Findings& findings);

/// "ORDERS_JOIN_WINDOW"
[[nodiscard]] std::string environment_name(std::string_view option);
/// "there is no such option; did you mean join.window?"
[[nodiscard]] std::string no_such_option(std::string_view name);

}  // namespace orders::config
