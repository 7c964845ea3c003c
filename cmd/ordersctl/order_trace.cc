#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "kafka/admin.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/order_places.h"
#include "ordersctl/order_story.h"
#include "ordersctl/stop.h"
#include "ordersctl/trace_reader.h"

namespace orders::ctl {
namespace {

struct Options {
  std::int64_t id = 0;
  bool all_partitions = false;
  Milliseconds since = std::chrono::hours{24};
  Milliseconds timeout = std::chrono::minutes{5};
};

Result<ExitCode> trace(Context& context, const Options& options) {
  catch_stop_signals();
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  OrderTrace found;
  found.id = options.id;
  found.looked_back = options.since;
  found.all_partitions = options.all_partitions;
  const TraceRequest request{options.id, options.all_partitions, wall_clock_now() - options.since, options.timeout,
                             context.quiet()};
  auto read = read_trace(*connection, **config, request, found);
  if (!read) return fail(std::move(read.error()));
  found.row = database_row(context, options.id);
  found.table = table_row(context, options.id);

  if (found.unknown() && found.complete()) {
    return fail(ErrorClass::not_found,
                fmt::format("nothing is known of order {}: no record in the last {}, no row, not in the table",
                            options.id, format_duration(options.since)),
                options.all_partitions
                    ? "--since looks further back"
                    : "--since looks further back; --all-partitions looks where another partitioner may have put it");
  }
  const auto state = state_of(found, (*config)->join);
  write_out(context.format() == Format::table ? story_text(found, state, context.colour())
                                              : story_json(found, state));
  if (found.complete()) return ExitCode::done;
  return fail(ErrorClass::wait, fmt::format("the story of order {} is not complete: a place could not be asked",
                                            options.id));
}

constexpr auto footer =
    "Reads the partitions of the inputs, of orders and of the dead letters to which the order's key belongs, and asks\n"
    "the database and the table, through the daemon or without it. 3 if nothing is known of the order, 4 if a place\n"
    "could not be asked. See ordersctl-order-trace(1).";

}  // namespace

void add_order_trace(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("trace", "One order's whole story: answers, result, row, table, dead letters");
  add_id(*command, "ID", options->id, "The order's id")->required();
  add_duration(*command, "--since", options->since, "How far back records are looked for. Default: P1D");
  command->add_flag("--all-partitions", options->all_partitions,
                    "Read all partitions: for services that partition otherwise than the Java client");
  add_duration(*command, "--timeout", options->timeout, "How long reading may take. Default: PT5M");
  command->footer(footer);
  on_run(*command, invocation, options, trace);
}

}  // namespace orders::ctl
