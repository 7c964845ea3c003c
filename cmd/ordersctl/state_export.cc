#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <optional>

#include "base/new_file.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/progress.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/state_table.h"
#include "ordersctl/stop.h"
#include "ordersctl/table_export.h"
#include "ordersctl/table_filter.h"

namespace orders::ctl {
namespace {

constexpr std::size_t write_at = 256u << 10;

struct Options {
  std::string format = "ndjson", file = "-";
  table::Filter filter;
  bool offline = false;
};

/// Standard output, or a file that is there only once it is whole.
class Output {
 public:
  Result<> open(const std::string& name) {
    if (name == "-") return {};
    auto file = NewFile::create(name);
    if (!file) return fail(file_error(std::move(file.error())));
    file_.emplace(*std::move(file));
    return {};
  }
  Result<> write(std::string& text) {
    bytes_ += text.size();
    if (!file_) {
      write_out(text);
    } else if (auto written = file_->write(text); !written) {
      return fail(file_error(std::move(written.error())));
    }
    text.clear();
    return {};
  }
  Result<> finish() {
    auto finished = file_ ? file_->commit() : Result<>{};
    return finished ? finished : fail(file_error(std::move(finished.error())));
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  std::optional<NewFile> file_;
  std::uint64_t bytes_ = 0;
};

/// A running daemon's table is exported as it is now, and not as it was flushed up to half a minute ago.
Result<> flush(Context& context) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  if (!(*config)->api.url.empty()) {
    return fail(ErrorClass::invalid, "an export reads the table's folder, and api.url is a daemon of another machine",
                "run it there; or with --offline for the folder in state.directory");
  }
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  if (auto listening = (*daemon)->listening(); !listening) {
    if (listening.error().error_class != ErrorClass::wait) return listening;
    if (!context.quiet()) note("ordersd is not running: the table is exported as it was left");
    return {};
  }
  auto response = (*daemon)->post("/api/orders/store/flush", "", "application/json", {});
  if (!response) return fail(std::move(response.error()));
  return response->status == 200 ? Result<>{} : fail(problem_error(response->status, response->body));
}

/// How many rows were written; nothing when it was stopped.
Result<std::optional<std::uint64_t>> write_rows(const table::Table& table, const Options& options, Progress& progress,
                                                Output& output) {
  const auto format = options.format == "csv" ? ExportFormat::csv : ExportFormat::ndjson;
  std::string text(export_header(format));
  std::uint64_t rows = 0, seen = 0;
  auto cursor = table.rows();
  for (; cursor.valid(); cursor.next()) {
    if (stop_requested()) return std::nullopt;
    progress.update(++seen);
    if (!options.filter.wants(cursor.row())) continue;
    append_row(text, cursor.row(), format);
    ++rows;
    if (text.size() < write_at) continue;
    if (auto written = output.write(text); !written) return fail(std::move(written.error()));
  }
  if (auto read = cursor.status(); !read) return fail(file_error(read.error()));
  if (auto written = output.write(text); !written) return fail(std::move(written.error()));
  return rows;
}

/// For scripts, beside a file: up to where the table had come.
std::string summary_json(const Options& options, std::uint64_t rows, std::uint64_t bytes,
                         const std::vector<table::TablePosition>& positions) {
  std::string list;
  for (const auto& at : positions) {
    list += fmt::format(R"({}{{"partition":{},"next_offset":{}}})", list.empty() ? "" : ",", at.partition,
                        at.next_offset);
  }
  return fmt::format(R"({{"file":{},"format":"{}","rows":{},"bytes":{},"positions":[{}]}})",
                     raw_json::quote(options.file), options.format, rows, bytes, list);
}

Result<ExitCode> export_table(Context& context, const Options& options) {
  auto folder = table_folder(context);
  if (!folder) return fail(std::move(folder.error()));
  if (auto flushed = options.offline ? Result<>{} : flush(context); !flushed) return fail(std::move(flushed.error()));
  auto table = open_table(*folder);
  if (!table) return fail(std::move(table.error()));
  auto stats = table->stats();
  if (!stats) return fail(file_error(std::move(stats.error())));
  Output output;
  if (auto opened = output.open(options.file); !opened) return fail(std::move(opened.error()));
  catch_stop_signals();
  Progress progress("rows", std::nullopt, context.quiet());
  auto rows = write_rows(*table, options, progress, output);
  progress.clear();
  if (!rows) return fail(std::move(rows.error()));
  if (!*rows) {
    return fail(ErrorClass::bug, "stopped before the end",
                options.file == "-" ? "what was printed is not the whole table; begin again"
                                    : fmt::format("{} was not written; begin again", options.file));
  }
  if (auto finished = output.finish(); !finished) return fail(std::move(finished.error()));
  if (options.file == "-") return ExitCode::done;
  if (context.format() != Format::table) {
    write_out(summary_json(options, **rows, output.bytes(), stats->positions) + "\n");
  } else if (!context.quiet()) {
    note(fmt::format("{}: {}, {} bytes", options.file, counted(**rows, "row"), grouped(output.bytes())));
  }
  return ExitCode::done;
}

constexpr auto footer =
    "Reads the table's folder, which needs the user that ordersd runs as, or its group: one snapshot, in memory that\n"
    "does not grow. A running ordersd is asked first to flush what it has.";

}  // namespace

void add_state_export(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("export", "All rows of the table into a file, as of one moment");
  command->add_option("--format", options->format, "ndjson (default) or csv")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"ndjson", "csv"}));
  command->add_option("--file", options->file, "Renamed to this once it is whole. Default: standard output")
      ->type_name("FILE");
  add_filter(*command, options->filter);
  add_offline(*command, options->offline);
  command->footer(footer);
  on_run(*command, invocation, options, export_table);
}

}  // namespace orders::ctl
