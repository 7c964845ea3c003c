#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "base/bytes.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

Result<ExitCode> count(Context& context) {
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  auto body = (*daemon)->get("/api/orders/counts", {});
  if (!body) return fail(std::move(body.error()));
  if (context.format() != Format::table) {
    write_out(*body + "\n");
    return ExitCode::done;
  }
  Table table({"STATUS", ">ORDERS"});
  for (const auto& [status, number] : raw_json::members(raw_json::member(*body, "counts").value_or(*body))) {
    const auto count = parse_int64(number);
    table.add({status, count ? grouped(static_cast<std::uint64_t>(*count)) : std::string(number)});
  }
  write_out(table.text(context.colour()));
  return ExitCode::done;
}

}  // namespace

void add_order_count(CLI::App& group, Invocation& invocation) {
  auto* command = group.add_subcommand("count", "How many orders of each status the database has");
  on_run(*command, invocation, count);
}

}  // namespace orders::ctl
