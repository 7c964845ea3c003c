#include <CLI/CLI.hpp>

#include <chrono>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/status_screen.h"
#include "ordersctl/status_text.h"
#include "ordersctl/watch.h"

namespace orders::ctl {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  WatchOptions watch;
  Milliseconds timeout = Daemon::answer_timeout;
};

Result<ExitCode> watch_status(Context& context, Daemon& daemon, const Options& options) {
  std::string before;
  Clock::time_point asked_before;
  return watch(context, options.watch, [&]() -> Result<std::string> {
    const auto asked = Clock::now();
    auto body = daemon.get("/api/status", {}, {}, options.timeout);
    if (!body) return fail(std::move(body.error()));
    auto text = context.format() == Format::ndjson
                    ? *body + "\n"
                    : status_screen(before, *body, std::chrono::duration_cast<Milliseconds>(asked - asked_before),
                                    context.colour());
    before = *std::move(body);
    asked_before = asked;
    return text;
  });
}

Result<ExitCode> status(Context& context, const Options& options) {
  if (auto fit = check_watch(context, options.watch); !fit) return fail(std::move(fit.error()));
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  if (options.watch.on) return watch_status(context, **daemon, options);
  auto body = (*daemon)->get("/api/status", {}, {}, options.timeout);
  if (!body) return fail(std::move(body.error()));
  write_out(context.format() == Format::table ? status_text(*body, context.colour()) : *body + "\n");
  return ExitCode::done;
}

}  // namespace

void add_status(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("status", "The running daemon: workers, fates of records, views, new orders");
  add_watch(*command, options->watch);
  add_duration(*command, "--timeout", options->timeout, "How long an answer is waited for. Default: PT30S");
  command->footer("With --watch: rates, lag, latency and fates as a live screen. See ordersctl-status(1).");
  on_run(*command, invocation, options, status);
}

}  // namespace orders::ctl
