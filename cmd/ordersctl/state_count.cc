#include <CLI/CLI.hpp>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/paging.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/state_table.h"
#include "ordersctl/table_filter.h"

namespace orders::ctl {
namespace {

struct Options {
  Milliseconds timeout = std::chrono::minutes{10};  ///< every row is counted, about a million a second
  table::Filter filter;
  bool offline = false;
};

Result<ExitCode> count(Context& context, const Options& options) {
  auto table = open_state(context, options.offline);
  if (!table) return fail(std::move(table.error()));
  auto body = (*table)->count(options.filter, options.timeout);
  if (!body) return fail(std::move(body.error()));
  write_out((context.format() == Format::table ? raw_json::text(*body, "count") : *body) + "\n");
  note_lag(context, *body);
  return ExitCode::done;
}

}  // namespace

void add_state_count(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("count", "How many orders the table has");
  add_filter(*command, options->filter);
  add_duration(*command, "--timeout", options->timeout, "How long to wait for the answer (PT10M)");
  add_offline(*command, options->offline);
  on_run(*command, invocation, options, count);
}

}  // namespace orders::ctl
