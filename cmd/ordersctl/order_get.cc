#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/order_rows.h"

namespace orders::ctl {
namespace {

struct Options {
  std::int64_t id = 0;
};

Result<ExitCode> get(Context& context, const Options& options) {
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  auto order = (*daemon)->get(fmt::format("/api/orders/{}", options.id), {}, fmt::format("order {}", options.id));
  if (!order) return fail(std::move(order.error()));
  write_out(context.format() == Format::table ? order_text(*order, context.colour()) : *order + "\n");
  return ExitCode::done;
}

}  // namespace

void add_order_get(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("get", "One order as it stands in the database");
  add_id(*command, "ID", options->id, "The order's id")->required();
  on_run(*command, invocation, options, get);
}

}  // namespace orders::ctl
