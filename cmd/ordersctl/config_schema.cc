#include <CLI/CLI.hpp>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"

namespace orders::ctl {
namespace {

Result<ExitCode> print(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  write_out(text);
  return ExitCode::done;
}

}  // namespace

void add_config_schema(CLI::App& group, Invocation& invocation) {
  auto* command = group.add_subcommand("schema", "Print every option with its text, as JSON Schema");
  on_run(*command, invocation, [](Context&) { return print(config::schema_json()); });
}

void add_config_example(CLI::App& group, Invocation& invocation) {
  auto* command = group.add_subcommand("example", "Print a configuration file with every default and its text");
  on_run(*command, invocation, [](Context&) { return print(config::example_yaml()); });
}

}  // namespace orders::ctl
