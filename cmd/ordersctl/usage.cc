#include "ordersctl/usage.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <vector>

#include "base/bytes.h"

namespace orders::ctl {
namespace {

std::vector<std::string> verbs(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* verb : command.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    names.push_back(verb->get_name());
  return names;
}

/// Long names of the command's options and, since they may stand behind the verb, of its parents'.
std::vector<std::string> options(const CLI::App* command) {
  std::vector<std::string> names;
  for (; command != nullptr; command = command->get_parent()) {
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Error wrong(std::string message, std::string_view near, const CLI::App& at) {
  auto hint = near.empty() ? std::string{} : fmt::format("did you mean {}?\n", near);
  hint += fmt::format("see {} --help, or {}", full_name(at), manual_page(at));
  return {ErrorClass::invalid, std::move(message), std::move(hint)};
}

Error unknown_word(const std::string& word, const CLI::App& at) {
  if (word.starts_with('-')) {
    const auto name = word.substr(0, word.find('='));
    return wrong(fmt::format("{} has no option {}", full_name(at), name), nearest(name, options(&at)), at);
  }
  if (const auto names = verbs(at); !names.empty()) {
    return wrong(fmt::format("'{}' is no command of {}", word, full_name(at)), nearest(word, names), at);
  }
  return wrong(fmt::format("{} does not take '{}'", full_name(at), word), {}, at);
}

const CLI::App* root_of(const CLI::App& command) {
  const auto* at = &command;
  while (at->get_parent() != nullptr) at = at->get_parent();
  return at;
}

}  // namespace

CLI::App& deepest(CLI::App& app) {
  CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
  return *at;
}

std::string full_name(const CLI::App& command) {
  return command.get_parent() == nullptr ? command.get_name()
                                         : full_name(*command.get_parent()) + " " + command.get_name();
}

std::string manual_page(const CLI::App& command) {
  static constexpr std::pair<std::string_view, std::string_view> pages[] = {
      {"order trace", "order-trace"}, {"replay reset", "replay-reset"}, {"lag", "status"}, {"topology", "status"},
      {"doctor", "status"},           {"log-level", "status"},      {"status", "status"},             {"order", "order"}, {"state", "state"},
      {"join", "join"},               {"replay", "replay"},             {"dlq", "dlq"},     {"topics", "topics"},
      {"db", "db"},                   {"config", "config"},             {"simulate", "simulate"}};
  if (command.get_parent() == nullptr) return "ordersctl(1)";
  const auto words = full_name(command).substr(full_name(*root_of(command)).size() + 1) + " ";
  for (const auto& [beginning, page] : pages) {
    if (words.starts_with(fmt::format("{} ", beginning))) return fmt::format("ordersctl-{}(1)", page);
  }
  return "ordersctl(1)";
}

Error usage_error(CLI::App& app, const CLI::ParseError* error) {
  const CLI::App& at = deepest(app);
  // A word that nobody knows comes first: what is missing may well be what it was meant to be.
  if (const auto unknown = app.remaining(true); !unknown.empty()) return unknown_word(unknown.front(), at);
  if (error != nullptr) return wrong(error->what(), {}, at);
  return wrong(fmt::format("{} needs a command: {}", full_name(at), listed(verbs(at))), {}, at);
}

}  // namespace orders::ctl
