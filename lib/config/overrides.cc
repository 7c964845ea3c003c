// Options from the environment and from --set.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "base/bytes.h"
#include "config/given.h"
#include "config/properties.h"

namespace orders::config {
namespace {

constexpr std::string_view prefix = "ORDERS_";

std::string nearest_environment_name(std::string_view name) {
  std::vector<std::string> names;
  for (const Option& option : options()) names.push_back(environment_name(option.name));
  return std::string(nearest(name, names));
}

/// One way to say the window, not two. Looks at what one source found, from `first` on.
void find_conflicts(Findings& findings, std::size_t first) {
  std::vector<Given> given;
  for (std::size_t i = first; i < findings.size(); ++i) {
    if (const auto* value = std::get_if<Given>(&findings[i])) given.push_back(*value);
  }
  for (const Given& part : given) {
    for (const Given& whole : given) {
      if (!is_part_of(part.name(), whole.name())) continue;
      findings.emplace_back(
          Problem{part.where, part.name(),
                  fmt::format("contradicts {}, which is given as well: give one of them", whole.name())});
    }
  }
}

void read_variable(const std::string& variable, const std::string& value, Findings& findings) {
  static const std::string properties = environment_name(properties_option) + "_";
  const auto where = "environment " + variable;
  Given given{nullptr, {}, value, Form::untyped, where, Origin::environment};
  for (const Option& option : options()) {
    if (environment_name(option.name) == variable) given.option = &option;
  }
  if (given.option == nullptr && variable.size() > properties.size() && variable.starts_with(properties)) {
    given.option = find_option(properties_option);
    given.property = property_of_environment(std::string_view(variable).substr(properties.size()));
  }
  if (given.option != nullptr) {
    findings.emplace_back(std::move(given));
    return;
  }
  const auto meant = nearest_environment_name(variable);
  findings.emplace_back(Problem{where, "",
                                meant.empty() ? "no option has this name; ordersd.yaml(5) lists them"
                                              : fmt::format("no option has this name; did you mean {}?", meant)});
}

void read_flag(const std::string& flag, Findings& findings) {
  const auto equals = flag.find('=');
  const auto name = flag.substr(0, equals);
  const auto where = "--set " + printable(name);
  if (equals == std::string::npos) {  // not shown: it may be a secret that was mistyped
    findings.emplace_back(Problem{"--set", "", "expected OPTION=VALUE, such as join.window=PT30S"});
    return;
  }
  Given given{find_option(name), {}, flag.substr(equals + 1), Form::untyped, where, Origin::flag};
  if (is_part_of(name, properties_option)) {
    given.option = find_option(properties_option);
    given.property = name.substr(properties_option.size() + 1);
  }
  if (given.option != nullptr) {
    findings.emplace_back(std::move(given));
  } else if (find_section(name) != nullptr) {
    findings.emplace_back(Problem{where, name, "is a group of options: set one of them, such as join.window=PT30S"});
  } else {
    findings.emplace_back(Problem{where, printable(name), no_such_option(name)});
  }
}

}  // namespace

std::string environment_name(std::string_view option) {
  std::string name(prefix);
  for (const unsigned char c : option) name += c == '.' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

std::vector<std::pair<std::string, std::string>> process_environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (!text.starts_with(prefix) || equals == std::string_view::npos) continue;
    if (text.substr(0, equals) == "ORDERS_CONFIG") continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::ranges::sort(variables);  // problems come in the same order everywhere
  return variables;
}

void read_environment(const std::vector<std::pair<std::string, std::string>>& environment, Findings& findings) {
  const auto first = findings.size();
  for (const auto& [variable, value] : environment) read_variable(variable, value, findings);
  find_conflicts(findings, first);
}

void read_flags(const std::vector<std::string>& flags, Findings& findings) {
  const auto first = findings.size();
  for (const auto& flag : flags) read_flag(flag, findings);
  find_conflicts(findings, first);
}

}  // namespace orders::config
