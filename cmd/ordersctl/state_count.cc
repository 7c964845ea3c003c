#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/paging.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

Result<ExitCode> count(Context& context) {
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  auto body = (*daemon)->get("/api/orders/store/count", {});
  if (!body) return fail(std::move(body.error()));
  write_out((context.format() == Format::table ? raw_json::text(*body, "count") : *body) + "\n");
  note_lag(context, *body);
  return ExitCode::done;
}

}  // namespace

void add_state_count(CLI::App& group, Invocation& invocation) {
  auto* command = group.add_subcommand("count", "How many orders the table has");
  on_run(*command, invocation, count);
}

}  // namespace orders::ctl
