#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/paging.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

struct Options {
  std::int64_t partition = 0, limit = 100;
  CLI::Option* partition_given = nullptr;
  std::string side, after;
};

std::string duration(std::string_view record, std::string_view name) {
  const auto millis = raw_json::integer(record, name);
  if (!millis) return "?";
  if (*millis < 0) return "due";  // the next record of the other side lets go of it
  const Milliseconds whole{*millis >= 1'000 ? *millis / 1'000 * 1'000 : *millis};
  return format_duration(whole);
}

std::vector<std::string> cells(std::string_view record) {
  return {raw_json::text(record, "orderId"),
          raw_json::text(record, "waitsFor"),
          raw_json::text(record, "status"),
          fmt::format("{}[{}]@{}", raw_json::text(record, "topic"), raw_json::text(record, "partition"),
                      raw_json::text(record, "offset")),
          duration(record, "age_ms"),
          duration(record, "left_ms")};
}

/// "0, 1, 5"
std::string listed(std::string_view body, std::string_view member) {
  std::string text;
  for (const auto number : raw_json::elements(raw_json::member(body, member).value_or("[]")))
    text += (text.empty() ? "" : ", ") + std::string(number);
  return text;
}

/// What the list does not have.
void note_partitions(const Context& context, std::string_view body) {
  if (context.format() == Format::json || context.quiet()) return;
  const auto known = listed(body, "partitions"), rebuilding = listed(body, "rebuilding");
  if (!rebuilding.empty()) note(fmt::format("being rebuilt, and not in the list: partitions {}", rebuilding));
  note(known.empty() ? "this instance has no partition of these"
                     : fmt::format("of this instance: partitions {}", known));
}

Result<ExitCode> list(Context& context, const Options& options) {
  ListRequest request;
  request.path = "/api/join/waiting";
  request.member = "waiting";
  if (*options.partition_given) request.filter.emplace_back("partition", std::to_string(options.partition));
  if (!options.side.empty()) request.filter.emplace_back("side", options.side);
  request.after = options.after;
  request.limit = options.limit;
  request.titles = {">ORDER", "WAITS FOR", "HAS", "RECORD", ">AGE", ">LEFT"};
  request.row = cells;
  std::string last_page;
  auto printed = print_list(context, request, last_page);
  if (printed) note_partitions(context, last_page);
  return printed;
}

constexpr auto footer =
    "AGE is how far the record's own side has come since; it is given up once the other side has come as far as LEFT\n"
    "says. Both count by the records' timestamps, not by the clock. Only the partitions of the instance that answers.";

}  // namespace

void add_join_list(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("list", "Which orders wait, for what, oldest first");
  options->partition_given = add_integer(*command, "--partition", options->partition, "Only those of this partition", 0,
                                         std::numeric_limits<std::int32_t>::max());
  command->add_option("--side", options->side, "Only those that have this answer: payment or stock")
      ->type_name("SIDE")
      ->check(CLI::IsMember({"payment", "stock"}));
  command->add_option("--after", options->after, "Go on behind this place, as the page before has told it")
      ->type_name("PLACE");
  add_integer(*command, "--limit", options->limit, "At most so many (100)", 1);
  command->footer(footer);
  on_run(*command, invocation, options, list);
}

}  // namespace orders::ctl
