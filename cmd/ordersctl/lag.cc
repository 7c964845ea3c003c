#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <chrono>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/lag_reader.h"
#include "ordersctl/stop.h"
#include "ordersctl/watch.h"

namespace orders::ctl {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  WatchOptions watch;
  Milliseconds timeout{10'000};
};

/// Looks again and again, each time beside the time before.
class Looks {
 public:
  Looks(const Context& context, LagReader reader) : context_(context), reader_(std::move(reader)) {}

  [[nodiscard]] Result<> first() {
    auto found = reader_.look();
    if (!found) return fail(std::move(found.error()));
    last_ = *std::move(found);
    at_ = Clock::now();
    return {};
  }
  [[nodiscard]] Result<std::string> next() {
    auto now = reader_.look();
    if (!now) return fail(std::move(now.error()));
    const auto at = Clock::now();
    auto text = printed(*now, std::chrono::duration_cast<Milliseconds>(at - at_));
    last_ = *std::move(now);
    at_ = at;
    return text;
  }

 private:
  [[nodiscard]] std::string printed(const std::vector<ReaderLag>& now, Milliseconds elapsed) const {
    if (context_.format() == Format::table) return lag_text(last_, now, elapsed, context_.colour());
    const bool lines = context_.format() == Format::ndjson;
    std::string text;
    for (const auto& partition : lag_json(last_, now, elapsed)) {
      text += text.empty() || lines ? partition : "," + partition;
      if (lines) text += "\n";
    }
    return lines ? text : fmt::format("{{\"partitions\":[{}]}}\n", text);
  }

  const Context& context_;
  LagReader reader_;
  std::vector<ReaderLag> last_;
  Clock::time_point at_;
};

Result<ExitCode> lag(Context& context, const Options& options) {
  if (auto fit = check_watch(context, options.watch); !fit) return fail(std::move(fit.error()));
  catch_stop_signals();
  auto reader = LagReader::open(context, options.timeout);
  if (!reader) return fail(std::move(reader.error()));
  Looks looks(context, *std::move(reader));
  if (auto seen = looks.first(); !seen) return fail(std::move(seen.error()));
  if (!sleep_unless_stopped(options.watch.interval)) {
    return options.watch.on ? Result<ExitCode>(ExitCode::done)
                            : fail(ErrorClass::bug, "stopped between the two looks: nothing is known of rates",
                                   "--interval 1s is quicker");
  }
  if (options.watch.on) return watch(context, options.watch, [&] { return looks.next(); });
  auto text = looks.next();
  if (!text) return fail(std::move(text.error()));
  write_out(*text);
  return ExitCode::done;
}

}  // namespace

void add_lag(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("lag", "How far join and views are behind the topics, and for how long");
  add_watch(*command, options->watch);
  add_duration(*command, "--timeout", options->timeout, "How long each answer is waited for. Default: PT10S");
  command->footer(
      "Looks twice, --interval apart, to tell from the rates when all will be read. Works without the daemon. See\n"
      "ordersctl-status(1).");
  on_run(*command, invocation, options, lag);
}

}  // namespace orders::ctl
