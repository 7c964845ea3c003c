#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

struct Options {
  std::string level;
  Milliseconds time{0};
  CLI::Option* time_given = nullptr;
};

Result<std::string> ask(Daemon& daemon, const Options& options) {
  constexpr auto path = "/api/log-level";
  if (options.level.empty()) return daemon.get(path, {});
  auto body = fmt::format(R"({{"level":"{}")", options.level);
  if (*options.time_given) body += fmt::format(R"(,"for":"{}")", format_duration(options.time));
  auto response = daemon.put(path, body + "}", "application/json");
  if (!response) return fail(std::move(response.error()));
  if (response->status != 200) return fail(problem_error(response->status, response->body));
  return std::move(response->body);
}

/// "debug until 2026-01-31T03:05:00.000Z, then info"
std::string text_of(std::string_view body) {
  const auto level = raw_json::text(body, "level"), configured = raw_json::text(body, "configured");
  const auto until = raw_json::text(body, "until");
  if (level == configured) return level + "\n";
  return until.empty() ? fmt::format("{} (configured: {})\n", level, configured)
                       : fmt::format("{} until {}, then {}\n", level, until, configured);
}

Result<ExitCode> log_level(Context& context, const Options& options) {
  if (*options.time_given && options.level.empty())
    return fail(ErrorClass::invalid, "--for needs a level", "ordersctl log-level debug --for PT5M");
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  auto body = ask(**daemon, options);
  if (!body) return fail(std::move(body.error()));
  write_out(context.format() == Format::table ? text_of(*body) : *body + "\n");
  return ExitCode::done;
}

}  // namespace

void add_log_level(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("log-level", "The level of the running daemon's log: shown, or changed for now");
  command->add_option("LEVEL", options->level, "trace, debug, info, warn or error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  options->time_given =
      add_duration(*command, "--for", options->time, "Go back to the configured level after this time");
  command->footer(
      "Without --for it stays so until the daemon ends or its configuration says another. See ordersctl-status(1).");
  on_run(*command, invocation, options, log_level);
}

}  // namespace orders::ctl
