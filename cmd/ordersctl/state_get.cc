#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/order_rows.h"
#include "ordersctl/paging.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/state_table.h"
#include "ordersctl/table_filter.h"

namespace orders::ctl {
namespace {

struct Options {
  std::int64_t key = 0;
  bool offline = false;
};

std::string row_text(std::string_view row, bool colour) {
  Table table({">KEY", ">PARTITION", ">OFFSET", "TIMESTAMP"});
  table.add(
      {raw_json::text(row, "key"), raw_json::text(row, "partition"), raw_json::text(row, "offset"), record_time(row)});
  const auto value = raw_json::member(row, "value");
  const auto shown = value ? std::string(*value) : "base64: " + raw_json::text(row, "value_base64");
  return fmt::format("{}\n{}\n", table.text(colour), shown);
}

Result<ExitCode> get(Context& context, const Options& options) {
  auto table = open_state(context, options.offline);
  if (!table) return fail(std::move(table.error()));
  auto row = (*table)->get(options.key);
  if (!row) return fail(std::move(row.error()));
  write_out(context.format() == Format::table ? row_text(*row, context.colour()) : *row + "\n");
  note_lag(context, *row);
  return ExitCode::done;
}

}  // namespace

void add_state_get(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("get", "The newest record of one order, byte for byte");
  add_id(*command, "KEY", options->key, "The order's id")->required();
  add_offline(*command, options->offline);
  on_run(*command, invocation, options, get);
}

}  // namespace orders::ctl
