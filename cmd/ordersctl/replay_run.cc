#include "ordersctl/replay_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/file.h"
#include "ordersctl/output.h"
#include "ordersctl/progress.h"
#include "ordersctl/standard_input.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

constexpr std::size_t write_at = 64u << 10;
constexpr std::size_t differences_shown = 20;

/// A capture that is read from a file or from standard input ("-").
struct Source {
  std::ifstream file;
  std::unique_ptr<replay::CaptureReader> capture;

  Result<> open(const std::string& name, config::KeyFormat key_format) {
    const bool standard = name == "-";
    if (!standard) {
      file.open(name, std::ios::binary);
      if (!file) return fail(ErrorClass::invalid, fmt::format("{}: {}", name, std::strerror(errno)));
    }
    std::istream& in = standard ? standard_input() : file;
    capture = std::make_unique<replay::CaptureReader>(in, standard ? "standard input" : name, key_format);
    return {};
  }
};

/// Where the results go: to standard output, beside what is expected, and into what shall be expected from now on.
class Results {
 public:
  Results(const CaptureRun& run, config::KeyFormat key_format) : run_(run), key_format_(key_format) {}

  Result<> open() {
    if (run_.expect.empty()) return {};
    auto opened = expected_.open(run_.expect, key_format_);
    if (opened) {
      comparison_.emplace(*expected_.capture, key_format_, differences_shown);
    } else if (!run_.update) {
      return opened;
    }
    return {};
  }

  Result<> add(const replay::Record& record) {
    if (run_.update) replay::append_line(whole_, record, key_format_);
    if (run_.print) replay::append_line(out_, record, key_format_);
    if (out_.size() >= write_at) flush();
    return compare([&](replay::Comparison& comparison) { return comparison.add(record); });
  }

  void flush() {
    write_out(out_);
    out_.clear();
  }

  Result<> finish(CaptureResult& result) {
    flush();
    auto compared = compare([](replay::Comparison& comparison) { return comparison.finish(); });
    if (!compared) return compared;
    if (comparison_) {
      result.counts = comparison_->counts();
      result.differences = comparison_->differences();
    }
    const bool other = !comparison_ || result.counts.total() > 0;
    if (!run_.update || !other) return {};
    if (auto written = write_file_atomically(run_.expect, whole_); !written) {
      return fail(ErrorClass::bug, written.error().message);  // a file is nothing that is away
    }
    result.updated = true;
    return {};
  }

 private:
  /// What is no capture at all is replaced where it may be.
  template <class Step>
  Result<> compare(Step step) {
    if (!comparison_) return {};
    auto compared = step(*comparison_);
    if (compared || !run_.update) return compared;
    comparison_.reset();
    return {};
  }

  const CaptureRun& run_;
  config::KeyFormat key_format_;
  Source expected_;
  std::optional<replay::Comparison> comparison_;
  std::string out_, whole_;
};

Result<> check_identity(const replay::LocalReport& report) {
  const auto& f = report.fates;
  const auto fates = f.joined + report.waiting_payments + report.waiting_stock + f.unmatched + f.late + f.duplicate +
                     f.invalid + f.skipped;
  if (f.read == fates) return {};
  return fail(ErrorClass::bug, fmt::format("{} records were read, but {} fates counted: a defect", f.read, fates));
}

/// "order 17: value.status: expected "CONFIRMED", got "ROLLBACK" (orders, e.ndjson:4, line 5 of the output)"
std::string difference_text(const replay::Difference& difference, const std::string& expect) {
  using Kind = replay::Difference::Kind;
  const auto cut = [](std::string_view text) { return printable(text); };  // a record may be a megabyte long
  std::string where = difference.topic;
  if (difference.expected_line > 0) where += fmt::format(", {}:{}", expect, difference.expected_line);
  if (difference.line > 0) where += fmt::format(", line {} of the output", difference.line);
  switch (difference.kind) {
    case Kind::missing:
      return fmt::format("{}: missing ({}): {}", difference.order, where, cut(difference.expected));
    case Kind::extra:
      return fmt::format("{}: not expected ({}): {}", difference.order, where, cut(difference.got));
    case Kind::place:
      return fmt::format("{}: behind a record that should follow it ({})", difference.order, where);
    case Kind::member:
      break;
  }
  return fmt::format("{}: {}: expected {}, got {} ({})", difference.order, difference.member,
                     cut(difference.expected), cut(difference.got), where);
}

}  // namespace

Result<CaptureResult> run_capture(const Context& context, const config::Config& config, const CaptureRun& run) {
  Source source;
  if (auto opened = source.open(run.capture, config.topics.key_format); !opened) return fail(opened.error());
  Results results(run, config.topics.key_format);
  if (auto opened = results.open(); !opened) return fail(opened.error());

  Progress progress("lines", std::nullopt, context.quiet() || ::isatty(STDOUT_FILENO) == 1);
  const auto go_on = [&] {
    progress.update(static_cast<std::uint64_t>(source.capture->line()));
    return !stop_requested();
  };
  auto report = replay::replay_local(
      *source.capture, config, [&](const replay::Record& record) { return results.add(record); }, go_on);
  progress.clear();
  if (!report || stop_requested()) results.flush();
  if (!report) return fail(std::move(report.error()));
  if (stop_requested()) {
    return fail(ErrorClass::bug, fmt::format("stopped behind line {} of {}", source.capture->line(), run.capture),
                "nothing was kept: the same command begins anew");
  }
  CaptureResult result;
  result.report = *std::move(report);
  if (auto sound = check_identity(result.report); !sound) return fail(std::move(sound.error()));
  if (auto finished = results.finish(result); !finished) return fail(std::move(finished.error()));
  return result;
}

Error difference_error(const CaptureRun& run, const CaptureResult& result) {
  const auto& counts = result.counts;
  std::string what;
  const auto add = [&](std::uint64_t number, std::string_view one, std::string_view many) {
    if (number > 0) what += fmt::format("{}{} {}", what.empty() ? "" : ", ", grouped(number), number == 1 ? one : many);
  };
  add(counts.differing, "record differs", "records differ");
  add(counts.missing, "is missing", "are missing");
  add(counts.extra, "was not expected", "were not expected");
  add(counts.misplaced, "is in another place", "are in other places");
  Error error{ErrorClass::bug,
              fmt::format("the results of {} are not those of {}: {}",
                          run.capture == "-" ? "standard input" : run.capture, run.expect, what),
              {}};
  for (const auto& difference : result.differences) error.hint += difference_text(difference, run.expect) + "\n";
  if (result.differences.size() == differences_shown) {
    error.hint += fmt::format("no more than {} differences are shown\n", differences_shown);
  }
  error.hint += "if they are right: --update makes them what is expected; see ordersctl-replay(1)";
  return error;
}

std::string summary(const replay::LocalReport& report) {
  const auto& f = report.fates;
  auto text = fmt::format(
      "read {} = joined {} + waiting {} + unmatched {} + late {} + duplicate {} + invalid {} + skipped {}\n"
      "produced {} and {}",
      f.read, f.joined, report.waiting_payments + report.waiting_stock, f.unmatched, f.late, f.duplicate, f.invalid,
      f.skipped, counted(f.results, "result"), counted(report.dead_letters, "dead letter"));
  if (report.waiting_payments + report.waiting_stock > 0) {
    text += fmt::format("\nstill waiting at the end, not produced: {}, {}", counted(report.waiting_payments, "payment"),
                        counted(report.waiting_stock, "stock record"));
  }
  for (const auto& [topic, records] : report.ignored) {
    text += fmt::format("\npassed over: {} of {}, which is no input of the join", counted(records, "record"), topic);
  }
  return text;
}

}  // namespace orders::ctl
