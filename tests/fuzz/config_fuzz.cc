// The configuration's text, and each of its lines as `--set`; no file is read, nor a secret that stands in one. What is
// accepted is shown so that it is the same configuration again.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "check.h"
#include "config/given.h"
#include "config/yaml_writer.h"

namespace orders::config {
namespace {

/// Whether it may be used.
bool check(const Loaded& loaded) {
  for (const auto& problem : loaded.problems) FUZZ_CHECK(fuzz::can_be_shown(problem.text()));
  if (!loaded.problems.empty()) return false;
  FUZZ_CHECK(nlohmann::json::accept(show_json(loaded)));
  return true;
}

Loaded load_yaml(const std::string& text) {
  Findings findings;
  read_yaml(text, "ordersd.yaml", findings);
  return merged(findings);
}

void check_shown(Loaded loaded) {
  // Shown masked, and one that is not well-formed as the mask alone.
  if (!loaded.config.database.url.empty()) loaded.config.database.url = "postgresql://db/orders";
  const auto again = load_yaml(show_yaml(loaded));
  FUZZ_CHECK(check(again));
  for (const auto& option : options()) {
    if (!is_address(option, option.get(loaded.config)) && option.type != Type::properties)
      FUZZ_CHECK(option.get(again.config) == option.get(loaded.config));
  }
  FUZZ_CHECK(masked_properties(again.config) == masked_properties(loaded.config));
}

void check_flags(std::string_view text) {
  std::vector<std::string> flags;
  while (!text.empty()) flags.emplace_back(fuzz::take(text, '\n'));
  Findings findings;
  read_flags(flags, findings);
  (void)check(merged(findings));
}

}  // namespace
}  // namespace orders::config

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orders::config;
  const auto text = orders::fuzz::text_of(data, size);
  const auto loaded = load_yaml(std::string(text));
  if (check(loaded)) check_shown(loaded);
  check_flags(text);
  return 0;
}
