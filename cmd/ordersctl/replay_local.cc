#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "base/file.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/replay_folder.h"
#include "ordersctl/replay_run.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

struct Options {
  std::string file = "-", expect, junit;
  bool update = false;
};

bool is_folder(const std::string& file) {
  std::error_code ignored;
  return std::filesystem::is_directory(file, ignored);
}

Result<> check_use(const Options& options) {
  if (is_folder(options.file)) {
    if (options.expect.empty()) return {};
    return fail(ErrorClass::invalid, fmt::format("--expect is of one capture, but {} is a folder", options.file),
                "what is expected of its NAME.ndjson stands beside it, as NAME.expected.ndjson");
  }
  if (options.file == "-" && options.expect == "-") {
    return fail(ErrorClass::invalid, "the capture and what is expected can't both come from standard input");
  }
  if (options.expect.empty() && (options.update || !options.junit.empty())) {
    return fail(ErrorClass::invalid,
                fmt::format("{} needs something that is expected", options.update ? "--update" : "--junit"),
                "--expect FILE, or a folder of captures in place of FILE");
  }
  if (options.update && options.expect == "-") {
    return fail(ErrorClass::invalid, "--update can't write what came from standard input: --expect FILE");
  }
  return {};
}

Result<> write_junit(const Options& options, const std::vector<CaptureVerdict>& verdicts) {
  if (options.junit.empty()) return {};
  auto written = write_file_atomically(options.junit, junit_xml(verdicts));
  if (!written) return fail(ErrorClass::bug, written.error().message);  // a file is nothing that is away
  return {};
}

Result<ExitCode> replay_folder(const Context& context, const Options& options) {
  auto verdicts = run_folder(context, options.file, options.update);
  if (!verdicts) return fail(std::move(verdicts.error()));
  print_verdicts(context, *verdicts);
  if (auto written = write_junit(options, *verdicts); !written) return fail(std::move(written.error()));
  if (stop_requested()) return fail(ErrorClass::bug, "stopped before every capture was run");
  return outcome(*verdicts);
}

Result<ExitCode> replay_file(Context& context, const Options& options) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  const CaptureRun run{options.file, options.expect, options.update, !options.update};
  const auto begin = std::chrono::steady_clock::now();
  auto result = run_capture(context, **config, run);
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  const CaptureVerdict verdict{run, std::move(result), elapsed};
  if (auto written = write_junit(options, {verdict}); !written) return fail(std::move(written.error()));
  if (!verdict.result) return fail(verdict.result.error());
  if (!context.quiet()) note(summary(verdict.result->report));
  if (verdict.result->updated && !context.quiet()) note(fmt::format("{} is written", options.expect));
  if (verdict.good()) return ExitCode::done;
  report(difference_error(run, *verdict.result), colour_wanted(STDERR_FILENO, context.globals().no_color));
  return ExitCode::differs;
}

Result<ExitCode> replay(Context& context, const Options& options) {
  if (auto use = check_use(options); !use) return fail(std::move(use.error()));
  catch_stop_signals();
  return is_folder(options.file) ? replay_folder(context, options) : replay_file(context, options);
}

constexpr auto footer =
    "Records are fed line by line, as they stand in the file, to the join that the configuration describes; neither\n"
    "broker nor daemon takes part, and no clock but the records' timestamps. Whatever --output says, the result is a\n"
    "capture: topic orders, and the dead letters with partition -1 (the producer chooses it by the key), dated as "
    "their\n"
    "records. Offsets count from 0. The format: ordersctl-replay(1), \"Capture files\".\n\n"
    "FILE may be a folder: then each NAME.ndjson in it is compared with its NAME.expected.ndjson, in the\n"
    "configuration NAME.yaml where there is one, and a line for each tells the verdict.";

}  // namespace

void add_replay_local(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command =
      group.add_subcommand("local", "A capture file through the join in this process; prints what it would produce");
  command->add_option("FILE", options->file, "The capture, or a folder of them; - is standard input, and the default")
      ->type_name("");
  command
      ->add_option("--expect", options->expect,
                   "Compare what is produced with this capture; 6 and the differences if it is another")
      ->type_name("FILE");
  command->add_flag("--update", options->update, "Where the results are others, make them what is expected");
  command->add_option("--junit", options->junit, "Write the verdicts to this file, as JUnit's XML")->type_name("FILE");
  command->footer(footer);
  on_run(*command, invocation, options, replay);
}

}  // namespace orders::ctl
