#include <CLI/CLI.hpp>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/completion_script.h"

namespace orders::ctl {
namespace {

void add_shell(CLI::App& group, const CLI::App& app, Invocation& invocation, const char* name, Shell shell) {
  auto* command = group.add_subcommand(name, std::string("The script for ") + name);
  on_run(*command, invocation, [&app, shell](Context&) -> Result<ExitCode> {
    write_out(completion_script(app, shell));
    return ExitCode::done;
  });
}

}  // namespace

void add_completion(CLI::App& app, Invocation& invocation) {
  auto* group = app.add_subcommand("completion", "Print the completion script of a shell");
  group->require_subcommand(0, 1);
  add_shell(*group, app, invocation, "bash", Shell::bash);
  add_shell(*group, app, invocation, "zsh", Shell::zsh);
  add_shell(*group, app, invocation, "fish", Shell::fish);
}

}  // namespace orders::ctl
