// The commands as they describe themselves, for tests that hold for each of them.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "ordersctl/app.h"
#include "ordersctl/usage.h"

namespace orders::test {

class CommandTree {
 public:
  CommandTree() { ctl::build_tree(app_, invocation_); }
  CommandTree(const CommandTree&) = delete;

  [[nodiscard]] CLI::App& app() { return app_; }
  /// Every verb, and what needs none, but for what is hidden.
  void visit_verbs(const std::function<void(const CLI::App&)>& visit) const { visit_below(app_, visit); }

 private:
  static void visit_below(const CLI::App& command, const std::function<void(const CLI::App&)>& visit) {
    const auto verbs = command.get_subcommands([](const CLI::App* verb) { return !verb->get_group().empty(); });
    if (verbs.empty()) return visit(command);
    for (const auto* verb : verbs) visit_below(*verb, visit);
  }

  CLI::App app_;
  ctl::Invocation invocation_;
};

/// "order get" of "ordersctl order get"
inline std::string words_of(const CLI::App& command) {
  return ctl::full_name(command).substr(std::string("ordersctl ").size());
}

/// {"order", "get"}
inline std::vector<std::string> arguments_of(const CLI::App& command) {
  if (command.get_parent() == nullptr) return {};
  auto words = arguments_of(*command.get_parent());
  words.push_back(command.get_name());
  return words;
}

}  // namespace orders::test
