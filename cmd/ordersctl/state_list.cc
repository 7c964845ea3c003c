#include <CLI/CLI.hpp>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/order_rows.h"
#include "ordersctl/paging.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

struct Options {
  std::int64_t after = 0, limit = 100;
  CLI::Option* after_given = nullptr;
};

std::vector<std::string> cells(std::string_view row) {
  const auto value = raw_json::member(row, "value").value_or("null");
  return {raw_json::text(row, "key"), raw_json::text(row, "partition"), raw_json::text(row, "offset"),
          record_time(row),           raw_json::text(value, "status"),  raw_json::text(value, "source")};
}

Result<ExitCode> list(Context& context, const Options& options) {
  ListRequest request;
  request.path = "/api/orders/store";
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
  on_run(*command, invocation, options, list);
}

}  // namespace orders::ctl
