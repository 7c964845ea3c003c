#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <optional>

#include "ordersctl/arguments.h"
#include "ordersctl/capture_target.h"
#include "ordersctl/commands.h"
#include "ordersctl/progress.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/stop.h"
#include "ordersctl/topic_range.h"
#include "replay/key_filter.h"
#include "replay/record_source.h"

namespace orders::ctl {
namespace {

struct Options {
  std::string file = "-";
  bool force = false;
  std::int64_t limit = 0;  ///< 0: none
  RangeFlags range;
};

class Capture {
 public:
  Capture(const Context& context, const Options& options, const config::Config& config)
      : context_(context),
        options_(options),
        key_format_(config.topics.key_format),
        filter_(options.range.keys, config.topics.key_format) {}

  Result<ExitCode> run(kafka::TopicReader& reader, std::vector<kafka::OffsetRange> ranges) {
    ranges_ = std::move(ranges);
    if (auto opened = target_.open(options_.file, options_.force); !opened) return fail(std::move(opened.error()));
    if (auto started = reader.start(ranges_); !started) return fail(std::move(started.error()));
    if (auto read = read_all(reader); !read) return broken_off(std::move(read.error()));
    if (stop_requested()) return broken_off({ErrorClass::bug, "stopped", {}});
    if (auto finished = target_.finish(); !finished) return fail(std::move(finished.error()));
    if (target_.is_file()) {
      print();
    } else if (!context_.quiet()) {
      note(summary());
    }
    return ExitCode::done;
  }

 private:
  Result<> read_all(kafka::TopicReader& reader) {
    std::uint64_t total = 0;
    for (const auto& range : ranges_) total += static_cast<std::uint64_t>(range.size());
    Progress progress("offsets", total, context_.quiet() || (!target_.is_file() && ::isatty(STDOUT_FILENO) == 1));
    const auto go_on = [] { return !stop_requested(); };
    while (go_on() && !full()) {
      auto record = reader.next(go_on);
      if (!record) return fail(std::move(record.error()));
      if (!*record) break;
      if (auto added = add(**record); !added) return added;
      progress.update(reader.passed());
    }
    return {};
  }

  [[nodiscard]] bool full() const {
    return options_.limit > 0 && records_ == static_cast<std::uint64_t>(options_.limit);
  }

  Result<> add(const kafka::Record& record) {
    if (!filter_.passes(record.key())) {
      ++passed_over_;
      return {};
    }
    ++records_;
    auto copied = replay::copy(record);
    ++counts_[{copied.topic, copied.partition}];
    return target_.add(copied, key_format_);
  }

  /// What was read so far is whole lines, but no file that is called a capture.
  Result<ExitCode> broken_off(Error error) {
    if (!target_.is_file()) {
      (void)target_.flush();
      error.message += fmt::format(": standard output has the first {}", counted(records_, "record"));
    } else {
      error.message += fmt::format(" after {}: {} was not made", counted(records_, "record"), options_.file);
    }
    if (error.hint.empty()) error.hint = "the same command begins anew";
    return fail(std::move(error));
  }

  [[nodiscard]] std::string summary() const {
    auto text = fmt::format("captured {} of {}", counted(records_, "record"), counted(ranges_.size(), "partition"));
    if (passed_over_ > 0) text += fmt::format("; --key-filter passed over {}", counted(passed_over_, "record"));
    if (full()) text += "; stopped at --limit";
    return text;
  }

  [[nodiscard]] std::uint64_t count_of(const kafka::TopicPartition& at) const {
    const auto found = counts_.find(at);
    return found == counts_.end() ? 0 : found->second;
  }

  [[nodiscard]] std::string partition_json(const kafka::OffsetRange& range) const {
    return fmt::format(R"({{"topic":{},"partition":{},"from":{},"to":{},"gone":{},"records":{}}})",
                       raw_json::quote(range.at.topic), range.at.partition, range.begin, range.end, range.gone,
                       count_of(range.at));
  }

  void print() const {
    std::string lines;
    for (const auto& range : ranges_) {
      if (!lines.empty()) lines += context_.format() == Format::ndjson ? "\n" : ",";
      lines += partition_json(range);
    }
    if (context_.format() == Format::ndjson) return write_out(lines + "\n");
    if (context_.format() == Format::json) {
      return write_out(fmt::format("{{\"file\":{},\"records\":{},\"passed_over\":{},\"partitions\":[{}]}}\n",
                                   raw_json::quote(options_.file), records_, passed_over_, lines));
    }
    Table table({"TOPIC", ">PARTITION", ">FROM", ">TO", ">RECORDS"});
    for (const auto& range : ranges_) {
      table.add({range.at.topic, std::to_string(range.at.partition), std::to_string(range.begin),
                 std::to_string(range.end), grouped(count_of(range.at))});
    }
    write_out(table.text(context_.colour()) + fmt::format("\n{}: {}\n", options_.file, summary()));
  }

  const Context& context_;
  const Options& options_;
  const config::KeyFormat key_format_;
  const replay::KeyFilter filter_;
  std::vector<kafka::OffsetRange> ranges_;
  CaptureTarget target_;
  std::uint64_t records_ = 0, passed_over_ = 0;
  std::map<kafka::TopicPartition, std::uint64_t> counts_;
};

Result<ExitCode> capture(Context& context, const Options& options) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  catch_stop_signals();
  auto partitions = kafka::select(*connection, options.range.selection((*config)->topics), options.range.timeout);
  if (!partitions) return fail(std::move(partitions.error()));
  auto reader = kafka::TopicReader::create(*connection, options.range.reader(), stop_wakeup());
  if (!reader) return fail(std::move(reader.error()));
  auto ranges = reader->resolve(*partitions, options.range.range());
  if (!ranges) return fail(std::move(ranges.error()));
  tell_of_gone(*ranges);
  return Capture(context, options, **config).run(*reader, *std::move(ranges));
}

constexpr auto footer =
    "Records of all partitions in the order of their timestamps, each partition in its own order: what `replay local`\n"
    "can be fed. The file gets its name when it is whole; a capture that is broken off leaves none. A time means the\n"
    "first record that is not older. More, and the format: ordersctl-replay(1).";

}  // namespace

void add_replay_capture(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("capture", "Records of topics into a capture file");
  command->add_option("FILE", options->file, "The file to make; - is standard output, and the default")->type_name("");
  add_range_flags(*command, options->range);
  add_integer(*command, "--limit", options->limit, "Stop after so many records", 1);
  command->add_flag("--force", options->force, "Write over a file that is there");
  command->footer(footer);
  on_run(*command, invocation, options, capture);
}

}  // namespace orders::ctl
