#include <CLI/CLI.hpp>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/status_text.h"

namespace orders::ctl {
namespace {

Result<ExitCode> status(Context& context) {
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  auto body = (*daemon)->get("/api/status", {});
  if (!body) return fail(std::move(body.error()));
  write_out(context.format() == Format::table ? status_text(*body, context.colour()) : *body + "\n");
  return ExitCode::done;
}

}  // namespace

void add_status(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("status", "The running daemon: workers, fates of records, views, new orders");
  on_run(*command, invocation, status);
}

}  // namespace orders::ctl
