#include "ordersctl/replay_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>

#include "ordersctl/raw_json.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::string_view capture_end = ".ndjson", expected_end = ".expected.ndjson";

/// The names of captures and expectations, without their endings.
Result<std::set<std::string>> names_in(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const auto file = at->path().filename().string();
    const auto ending = file.ends_with(expected_end) ? expected_end : capture_end;
    if (file.ends_with(ending)) names.insert(file.substr(0, file.size() - ending.size()));
  }
  if (error) return fail(ErrorClass::invalid, fmt::format("{}: {}", folder.string(), error.message()));
  if (names.empty()) return fail(ErrorClass::not_found, fmt::format("{} has no captures, *.ndjson", folder.string()));
  return names;
}

Result<CaptureResult> run_one(const Context& context, const fs::path& stem, const CaptureRun& run) {
  std::error_code ignored;
  if (!fs::exists(run.capture, ignored)) {
    return fail(ErrorClass::invalid, fmt::format("{} is not there, but {} is", run.capture, run.expect));
  }
  if (!run.update && !fs::exists(run.expect, ignored)) {
    return fail(ErrorClass::invalid, fmt::format("nothing says what is expected of {}", run.capture),
                fmt::format("--update writes {}", run.expect));
  }
  auto globals = context.globals();
  if (const auto config = stem.string() + ".yaml"; fs::exists(config, ignored)) globals.config = config;
  Context own(globals);
  auto config = own.config();
  if (!config) return fail(std::move(config.error()));
  return run_capture(own, **config, run);
}

std::string_view word(const CaptureVerdict& verdict) {
  if (!verdict.result) return "error";
  if (verdict.result->updated) return "updated";
  return verdict.result->as_expected() ? "ok" : "differs";
}

std::string verdict_json(const CaptureVerdict& verdict) {
  const CaptureResult none{};
  const auto& result = verdict.result ? *verdict.result : none;
  const auto& counts = result.counts;
  return fmt::format(
      R"({{"capture":{},"expect":{},"verdict":"{}","read":{},"results":{},"dead_letters":{},"differing":{},)"
      R"("missing":{},"extra":{},"misplaced":{},"error":{}}})",
      raw_json::quote(verdict.run.capture), raw_json::quote(verdict.run.expect), word(verdict),
      result.report.fates.read, result.report.fates.results, result.report.dead_letters, counts.differing,
      counts.missing, counts.extra, counts.misplaced,
      verdict.result ? "null" : raw_json::quote(verdict.result.error().message));
}

void print_table(const Context& context, const std::vector<CaptureVerdict>& verdicts) {
  Table table({"CAPTURE", ">READ", ">RESULTS", ">DEAD LETTERS", ">DIFFERENCES", "VERDICT"});
  for (const auto& verdict : verdicts) {
    const auto name = fs::path(verdict.run.capture).filename().string();
    if (!verdict.result) {
      table.add({name, "-", "-", "-", "-", std::string(word(verdict))});
      continue;
    }
    const auto& report = verdict.result->report;
    table.add({name, grouped(report.fates.read), grouped(report.fates.results), grouped(report.dead_letters),
               grouped(verdict.result->counts.total()), std::string(word(verdict))});
  }
  write_out(table.text(context.colour()));
}

}  // namespace

Result<std::vector<CaptureVerdict>> run_folder(const Context& context, const fs::path& folder, bool update) {
  auto names = names_in(folder);
  if (!names) return fail(std::move(names.error()));
  std::vector<CaptureVerdict> verdicts;
  for (const auto& name : *names) {
    if (stop_requested()) break;
    const auto stem = folder / name;
    CaptureRun run{stem.string() + std::string(capture_end), stem.string() + std::string(expected_end), update, false};
    const auto begin = Clock::now();
    auto result = run_one(context, stem, run);
    verdicts.push_back({std::move(run), std::move(result),
                        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin)});
  }
  return verdicts;
}

void print_verdicts(const Context& context, const std::vector<CaptureVerdict>& verdicts) {
  std::string list;
  for (const auto& verdict : verdicts) {
    if (context.format() == Format::ndjson) list += verdict_json(verdict) + "\n";
    if (context.format() == Format::json) list += (list.empty() ? "" : ",") + verdict_json(verdict);
  }
  if (context.format() == Format::table) print_table(context, verdicts);
  if (context.format() == Format::ndjson) write_out(list);
  if (context.format() == Format::json) write_out(fmt::format("{{\"captures\":[{}]}}\n", list));
  const bool colour = colour_wanted(STDERR_FILENO, context.globals().no_color);
  for (const auto& verdict : verdicts) {
    if (verdict.good()) continue;
    report(verdict.result ? difference_error(verdict.run, *verdict.result) : verdict.result.error(), colour);
  }
}

ExitCode outcome(const std::vector<CaptureVerdict>& verdicts) {
  const auto broken = std::ranges::find_if(verdicts, [](const auto& verdict) { return !verdict.result; });
  if (broken != verdicts.end()) return exit_code(broken->result.error().error_class);
  const bool good = std::ranges::all_of(verdicts, &CaptureVerdict::good);
  return good ? ExitCode::done : ExitCode::differs;
}

}  // namespace orders::ctl
