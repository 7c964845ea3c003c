#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>

#include "base/bytes.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/progress.h"
#include "ordersctl/stop.h"
#include "replay/local.h"

namespace orders::ctl {
namespace {

constexpr std::size_t write_at = 64u << 10;

struct Options {
  std::string file = "-", expect;
};

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
    std::istream& in = standard ? std::cin : file;
    capture = std::make_unique<replay::CaptureReader>(in, standard ? "standard input" : name, key_format);
    return {};
  }
};

/// What is produced goes here: to standard output, and beside what is expected.
class Produced {
 public:
  Produced(config::KeyFormat key_format, std::string expect)
      : key_format_(key_format), expect_name_(std::move(expect)) {}

  Result<> open() { return expect_name_.empty() ? Result<>{} : expected_.open(expect_name_, key_format_); }

  Result<> add(const replay::Record& record) {
    const auto begin = out_.size();
    replay::append_line(out_, record, key_format_);
    ++lines_;
    if (auto compared = compare(record, std::string_view(out_).substr(begin)); !compared) return compared;
    if (out_.size() >= write_at) flush();
    return {};
  }
  Result<> finish() {
    flush();
    if (!expected_.capture || difference_) return {};
    auto more = expected_.capture->next();
    if (!more) return fail(std::move(more.error()));
    if (*more) differs("the results end", fmt::format("after line {}", lines_), line_of(**more), "nothing");
    return {};
  }
  void flush() {
    write_out(out_);
    out_.clear();
  }
  [[nodiscard]] const std::optional<Error>& difference() const { return difference_; }

 private:
  Result<> compare(const replay::Record& record, std::string_view line) {
    if (!expected_.capture || difference_) return {};
    auto wanted = expected_.capture->next();
    if (!wanted) return fail(std::move(wanted.error()));
    if (!*wanted) {
      differs("more results than expected", fmt::format("line {} of the output", lines_), "nothing", line);
    } else if (const auto member = replay::first_difference(**wanted, record); !member.empty()) {
      differs(fmt::format("another {} than expected", member), fmt::format("line {} of the output", lines_),
              line_of(**wanted), line);
    }
    return {};
  }
  /// In the form in which ours are written, so that only what differs looks different.
  [[nodiscard]] std::string line_of(const replay::Record& record) const {
    std::string line;
    replay::append_line(line, record, key_format_);
    return line;
  }
  void differs(std::string_view what, std::string_view where, std::string_view expected, std::string_view got) {
    constexpr std::size_t shown = 4'000;  // of lines that may be a megabyte long
    const auto text = [](std::string_view line) { return printable(line.substr(0, line.find('\n')), shown); };
    difference_ =
        Error{ErrorClass::bug, fmt::format("{}:{}: {} ({})", expect_name_, expected_.capture->line(), what, where),
              fmt::format("expected: {}\ngot:      {}", text(expected), text(got))};
  }

  config::KeyFormat key_format_;
  std::string expect_name_;
  Source expected_;
  std::string out_;
  std::uint64_t lines_ = 0;
  std::optional<Error> difference_;
};

/// The identity I5, and what took no part.
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

Result<> check_identity(const replay::LocalReport& report) {
  const auto& f = report.fates;
  const auto fates = f.joined + report.waiting_payments + report.waiting_stock + f.unmatched + f.late + f.duplicate +
                     f.invalid + f.skipped;
  if (f.read == fates) return {};
  return fail(ErrorClass::bug, fmt::format("{} records were read, but {} fates counted: a defect", f.read, fates));
}

Result<ExitCode> replay_file(Context& context, const Options& options) {
  if (options.file == "-" && options.expect == "-") {
    return fail(ErrorClass::invalid, "the capture and what is expected can't both come from standard input");
  }
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  const auto key_format = (*config)->topics.key_format;
  Source source;
  if (auto opened = source.open(options.file, key_format); !opened) return fail(std::move(opened.error()));
  Produced produced(key_format, options.expect);
  if (auto opened = produced.open(); !opened) return fail(std::move(opened.error()));

  catch_stop_signals();
  Progress progress("lines", std::nullopt, context.quiet() || ::isatty(STDOUT_FILENO) == 1);
  const auto go_on = [&] {
    progress.update(static_cast<std::uint64_t>(source.capture->line()));
    return !stop_requested();
  };
  auto report = replay::replay_local(
      *source.capture, **config, [&](const replay::Record& record) { return produced.add(record); }, go_on);
  progress.clear();
  if (!report) {
    produced.flush();
    return fail(std::move(report.error()));
  }
  if (stop_requested()) {
    produced.flush();
    return fail(ErrorClass::bug, fmt::format("stopped behind line {}", source.capture->line()),
                "nothing was kept: the same command begins anew");
  }
  if (auto finished = produced.finish(); !finished) return fail(std::move(finished.error()));
  if (!context.quiet()) note(summary(*report));
  if (auto sound = check_identity(*report); !sound) return fail(std::move(sound.error()));
  if (!produced.difference()) return ExitCode::done;
  orders::ctl::report(*produced.difference(), colour_wanted(STDERR_FILENO, context.globals().no_color));
  return ExitCode::differs;
}

constexpr auto footer =
    "Records are fed line by line, as they stand in the file, to the join that the configuration describes; neither\n"
    "broker nor daemon takes part, and no clock but the records' timestamps. Whatever --output says, the result is a\n"
    "capture: topic orders, and the dead letters with partition -1 (the producer chooses it by the key), dated as "
    "their\n"
    "records. Offsets count from 0. The format: ordersctl(1), \"Capture files\".";

}  // namespace

void add_replay_local(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command =
      group.add_subcommand("local", "A capture file through the join in this process; prints what it would produce");
  command->add_option("FILE", options->file, "The capture; - is standard input, and the default")->type_name("");
  command
      ->add_option("--expect", options->expect,
                   "Compare what is produced with this capture; 6 and the first difference if it is another")
      ->type_name("FILE");
  command->footer(footer);
  on_run(*command, invocation, options, replay_file);
}

}  // namespace orders::ctl
