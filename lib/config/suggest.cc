// "Did you mean …?" for options' names.
#include <fmt/format.h>

#include "base/bytes.h"
#include "config/given.h"

namespace orders::config {
namespace {

std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names;
  for (const Option& option : options()) names.push_back(option.name);
  for (const Section& section : sections()) {
    if (find_option(section.name) == nullptr) names.push_back(section.name);
  }
  return names;
}

/// The name in the same section whose last part is nearest.
std::string_view nearest_sibling(std::string_view name) {
  std::vector<std::string_view> siblings;
  for (const auto candidate : all_names()) {
    if (parent_of(candidate) == parent_of(name)) siblings.push_back(candidate);
  }
  std::vector<std::string_view> leaves;
  for (const auto sibling : siblings) leaves.push_back(leaf_of(sibling));
  const auto leaf = nearest(leaf_of(name), leaves);
  for (const auto sibling : siblings) {
    if (!leaf.empty() && leaf_of(sibling) == leaf) return sibling;
  }
  return {};
}

/// An option that stands in another section, under exactly this name.
std::string_view elsewhere(std::string_view name) {
  for (const auto candidate : all_names()) {
    if (leaf_of(candidate) == leaf_of(name)) return candidate;
  }
  return {};
}

std::string_view suggestion(std::string_view name) {
  const auto sibling = nearest_sibling(name);
  if (!sibling.empty() && edit_distance(leaf_of(sibling), leaf_of(name)) <= 1) return sibling;
  if (const auto other = elsewhere(name); !other.empty()) return other;
  return sibling.empty() ? nearest(name, all_names()) : sibling;
}

}  // namespace

std::string no_such_option(std::string_view name) {
  if (find_option(name) != nullptr || find_section(name) != nullptr) {  // "join.window" as one key
    return fmt::format("options are nested: write {} under {}", leaf_of(name), parent_of(name));
  }
  const auto meant = suggestion(name);
  if (meant.empty()) return "there is no such option; ordersd.yaml(5) lists them";
  return fmt::format("there is no such option; did you mean {}?", meant);
}

}  // namespace orders::config
