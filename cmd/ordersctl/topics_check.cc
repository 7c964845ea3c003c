#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/topics.h"

namespace orders::ctl {
namespace {

Result<ExitCode> check(Context& context) {
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto admin = kafka::Admin::create(*connection);
  if (!admin) return fail(std::move(admin.error()));
  const auto plan = preflight::topic_plan(**config);
  auto states = preflight::read_topics(*admin, plan, broker_timeout);
  if (!states) return fail(std::move(states.error()));
  const auto findings = preflight::check_topics(plan, *states, **config);
  switch (context.format()) {
    case Format::table:
      write_out(findings_text(findings, context.colour()));
      break;
    case Format::json:
      write_out(fmt::format("{{\"findings\":{}}}\n", findings_json(findings, false)));
      break;
    case Format::ndjson:
      write_out(findings_json(findings, true) + "\n");
      break;
  }
  return verdict(findings);
}

}  // namespace

void add_topics_check(CLI::App& group, Invocation& invocation) {
  auto* command = group.add_subcommand("check", "Check counts and policies of the topics; 1 if something is wrong");
  on_run(*command, invocation, check);
}

}  // namespace orders::ctl
