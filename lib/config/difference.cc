#include "config/difference.h"

#include <set>

#include "config/options.h"

namespace orders::config {
namespace {

void compare_properties(const Config& one, const Config& other, std::vector<std::string>& names) {
  const auto& before = one.kafka.properties;
  const auto& after = other.kafka.properties;
  std::set<std::string> known;
  for (const auto& [name, value] : before) known.insert(name);
  for (const auto& [name, value] : after) known.insert(name);
  for (const auto& name : known) {
    const auto there = before.find(name);
    const auto here = after.find(name);
    const bool same = there != before.end() && here != after.end() && there->second == here->second;
    if (!same) names.push_back(std::string(properties_option) + "." + name);
  }
}

}  // namespace

std::vector<std::string> difference(const Config& one, const Config& other) {
  std::vector<std::string> names;
  for (const Option& option : options()) {
    if (option.type == Type::properties) {
      compare_properties(one, other, names);
    } else if (!is_part(option) && option.get(one) != option.get(other)) {
      names.push_back(option.name);
    }
  }
  return names;
}

bool is_reloadable(std::string_view name) {
  const auto* option = find_option(name);
  return option != nullptr && option->reloadable;
}

void take_reloadable(Config& to, const Config& from) {
  for (const Option& option : options()) {
    if (option.reloadable) (void)option.set(to, option.get(from));  // it was a value of the option before
  }
}

}  // namespace orders::config
