#include <CLI/CLI.hpp>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/order_rows.h"
#include "ordersctl/paging.h"

namespace orders::ctl {
namespace {

struct Options {
  std::string status;
  std::int64_t customer = 0, after = 0, limit = 100;
  CLI::Option* customer_given = nullptr;
  CLI::Option* after_given = nullptr;
};

Result<ExitCode> list(Context& context, const Options& options) {
  ListRequest request;
  request.path = "/api/orders";
  request.member = "orders";
  if (!options.status.empty()) request.filter.emplace_back("status", options.status);
  if (*options.customer_given) request.filter.emplace_back("customer", std::to_string(options.customer));
  if (*options.after_given) request.after = std::to_string(options.after);
  request.limit = options.limit;
  request.titles = order_titles();
  request.row = order_cells;
  return print_list(context, request);
}

}  // namespace

void add_order_list(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("list", "Orders in the database, in the order of their ids");
  command->add_option("--status", options->status, "Only those of this status")->type_name("STATUS");
  constexpr auto any = std::numeric_limits<std::int64_t>::min();
  options->customer_given = add_integer(*command, "--customer", options->customer, "Only those of this customer", any);
  options->after_given = add_integer(*command, "--after", options->after, "Only ids above this one", any);
  add_integer(*command, "--limit", options->limit, "At most so many (100)", 1);
  on_run(*command, invocation, options, list);
}

}  // namespace orders::ctl
