#include <CLI/CLI.hpp>

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
  std::int64_t after = 0, limit = 100;
  CLI::Option* after_given = nullptr;
  table::Filter filter;
  bool offline = false;
};

std::vector<std::string> cells(std::string_view row) {
  const auto value = raw_json::member(row, "value").value_or("null");
  return {raw_json::text(row, "key"), raw_json::text(row, "partition"), raw_json::text(row, "offset"),
          record_time(row),           raw_json::text(value, "status"),  raw_json::text(value, "source")};
}

Result<ExitCode> list(Context& context, const Options& options) {
  auto table = open_state(context, options.offline);
  if (!table) return fail(std::move(table.error()));
  ListRequest request;
  request.page = [&](const std::string& after, std::int64_t limit) {
    return (*table)->list(after, limit, options.filter);
  };
  request.member = "rows";
  if (*options.after_given) request.after = std::to_string(options.after);
  request.limit = options.limit;
  request.titles = {">KEY", ">PARTITION", ">OFFSET", "TIMESTAMP", "STATUS", "SOURCE"};
  request.row = cells;
  return print_list(context, request);
}

}  // namespace

void add_state_list(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("list", "The table's rows, in the order of their keys");
  options->after_given = add_integer(*command, "--after", options->after, "Only keys above this one",
                                     std::numeric_limits<std::int64_t>::min());
  add_integer(*command, "--limit", options->limit, "At most so many (100)", 1);
  add_filter(*command, options->filter);
  add_offline(*command, options->offline);
  on_run(*command, invocation, options, list);
}

}  // namespace orders::ctl
