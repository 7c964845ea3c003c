#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <iostream>
#include <iterator>

#include "base/file.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/order_batch.h"
#include "ordersctl/order_request.h"
#include "ordersctl/order_rows.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

struct Options {
  std::int64_t customer = 0;
  CLI::Option* customer_given = nullptr;
  std::vector<std::string> items;
  std::string file, batch, key;
  Milliseconds wait{0};
};

Result<std::string> request_body(const Options& options) {
  if (options.file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  if (!options.file.empty()) {
    auto text = read_file(options.file);
    if (!text) return fail(ErrorClass::invalid, text.error().message);
    return text;
  }
  std::vector<RequestedItem> items;
  for (const auto& text : options.items) {
    auto item = parse_item(text);
    if (!item) return fail(std::move(item.error()));
    items.push_back(std::move(*item));
  }
  return request_json(options.customer, items);
}

Result<> check_use(const Options& options) {
  const bool flags = *options.customer_given || !options.items.empty();
  const int ways = int{flags} + int{!options.file.empty()} + int{!options.batch.empty()};
  if (ways == 1 && (!flags || (*options.customer_given && !options.items.empty()))) return {};
  return fail(
      ErrorClass::invalid,
      ways == 1 ? "order create needs both --customer and --item" : "order create needs exactly one kind of input",
      "--customer ID --item CODE:QUANTITY@PRICE …, or --file FILE, or --batch FILE");
}

std::string may_be_saved(const std::string& key) {
  return fmt::format(
      "the order may have been saved. The same command with --idempotency-key {}\n"
      "finds it, or makes it if it was not",
      key);
}

Result<ExitCode> show(Context& context, const api::Response& response, const std::string& key) {
  const int status = response.status;
  if (status != 200 && status != 201 && status != 202) {
    auto error = problem_error(status, response.body);
    if (status == 504) {
      error.hint = may_be_saved(key);
    } else if (error.error_class == ErrorClass::wait) {
      error.message += "\nnothing was saved";
    }
    return fail(std::move(error));
  }
  write_out(context.format() == Format::table ? order_text(response.body, context.colour()) : response.body + "\n");
  if (raw_json::is_true(response.body, "unchecked") && !context.quiet()) {
    note("the catalog is away: the products were not checked");
  }
  if (status == 200 && !context.quiet()) note(fmt::format("the order was there already: idempotency key {}", key));
  if (status != 202) return ExitCode::done;
  return fail(ErrorClass::wait, "the order is saved, and will be published when the broker is back",
              "nothing needs to be repeated");
}

Result<ExitCode> create_one(Context& context, const Options& options, const std::string& key) {
  auto body = request_body(options);
  if (!body) return fail(std::move(body.error()));
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  catch_stop_signals();
  if (const auto there = (*daemon)->listening(); !there && options.wait.count() == 0) {
    auto error = there.error();
    error.message += "\nnothing was saved";
    return fail(std::move(error));
  }
  auto response = post_patiently(**daemon, "/api/orders", *body, "application/json", {{"Idempotency-Key", key}},
                                 {options.wait, context.quiet(), worth_waiting});
  if (response) return show(context, *response, key);
  auto error = std::move(response.error());
  error.hint = may_be_saved(key);
  return fail(std::move(error));
}

Result<ExitCode> create(Context& context, const Options& options) {
  if (auto use = check_use(options); !use) return fail(std::move(use.error()));
  const auto key = options.key.empty() ? new_uuid() : options.key;
  if (options.batch.empty()) return create_one(context, options, key);
  return create_batch(context, {options.batch, key, options.wait});
}

}  // namespace

void add_order_create(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("create", "Create orders, through the daemon: checked, saved, published");
  options->customer_given =
      add_integer(*command, "--customer", options->customer, "Who orders", std::numeric_limits<std::int64_t>::min());
  command->add_option("--item", options->items, "What is ordered; may be repeated")->type_name("CODE:QUANTITY@PRICE");
  command->add_option("--file", options->file, "One order as JSON {customerId, items}; - is standard input")
      ->type_name("FILE");
  command->add_option("--batch", options->batch, "Many orders, one JSON object a line; - is standard input")
      ->type_name("FILE");
  command
      ->add_option(
          "--idempotency-key", options->key,
          "What makes a repeated command harmless: the same key (and line) is the same order. Default: a new one")
      ->type_name("KEY");
  add_duration(*command, "--wait", options->wait, "Go on trying for so long while the daemon, its database or the catalog is away");
  on_run(*command, invocation, options, create);
}

}  // namespace orders::ctl
