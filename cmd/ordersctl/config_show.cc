#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

std::string ndjson(std::string_view object) {
  std::string text;
  for (const auto& [option, value] : raw_json::members(object)) {
    text += fmt::format(R"({{"option":{},"value":{},"origin":{}}})", raw_json::quote(option),
                        raw_json::one_line(raw_json::member(value, "value").value_or("null")),
                        raw_json::member(value, "origin").value_or("null")) +
            "\n";
  }
  return text;
}

Result<ExitCode> show(Context& context) {
  auto loaded = context.load();
  if (!loaded) return fail(std::move(loaded.error()));
  if (!(*loaded)->problems.empty()) return fail(config_error((*loaded)->problems));
  if (context.format() == Format::table) {
    write_out(config::show_yaml(**loaded));
    return ExitCode::done;
  }
  auto json = config::show_json(**loaded);
  if (context.format() == Format::ndjson) json = ndjson(json);
  write_out(json.ends_with('\n') ? json : json + "\n");
  return ExitCode::done;
}

}  // namespace

void add_config_show(CLI::App& group, Invocation& invocation) {
  auto* command =
      group.add_subcommand("show", "Print the effective values, secrets masked; json tells where each is from");
  on_run(*command, invocation, show);
}

}  // namespace orders::ctl
