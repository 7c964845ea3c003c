#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "ordersctl/arguments.h"
#include "ordersctl/capture_target.h"
#include "ordersctl/commands.h"
#include "ordersctl/join_members.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/stop.h"
#include "reset/waiting.h"

namespace orders::ctl {
namespace {

struct Options {
  std::string file = "-";
  bool force = false;
  Milliseconds timeout{30'000}, wait{0};
};

class Export {
 public:
  Export(const Context& context, const Options& options, const config::Config& config, kafka::Connection connection)
      : context_(context), options_(options), config_(config), connection_(std::move(connection)) {}

  Result<ExitCode> run(const reset::Situation& situation) {
    CaptureTarget target;
    if (auto opened = target.open(options_.file, options_.force); !opened) return fail(std::move(opened.error()));
    for (const auto& task : situation.tasks) {
      if (auto added = add(task); !added) return fail(std::move(added.error()));
    }
    // As the services sent them: a reader of both inputs finds their order again.
    std::ranges::stable_sort(waiting_.records, {}, &replay::Record::timestamp);
    for (const auto& record : waiting_.records) {
      if (auto written = target.add(record, config_.topics.key_format); !written) return fail(written.error());
    }
    if (auto finished = target.finish(); !finished) return fail(std::move(finished.error()));
    print(target.is_file());
    return ExitCode::done;
  }

 private:
  Result<> add(const reset::Task& task) {
    const auto go_on = [] { return !stop_requested(); };
    auto found = reset::waiting_in(task, config_, connection_, options_.timeout, stop_wakeup(), go_on);
    if (!found) return fail(std::move(found.error()));
    std::ranges::move(found->records, std::back_inserter(waiting_.records));
    waiting_.behind += found->behind;
    return {};
  }

  [[nodiscard]] std::size_t count(const std::string& topic) const {
    return static_cast<std::size_t>(std::ranges::count(waiting_.records, topic, &replay::Record::topic));
  }

  void print(bool is_file) const {
    const auto payments = count(config_.topics.payments), stock = count(config_.topics.stock);
    const auto text = fmt::format("{} and {} wait", counted(payments, "payment"), counted(stock, "stock record"));
    if (is_file && context_.format() != Format::table) {
      write_out(fmt::format("{{\"file\":{},\"payments\":{},\"stock\":{},\"behind\":{}}}\n",
                            raw_json::quote(options_.file), payments, stock, waiting_.behind));
    } else if (is_file) {
      write_out(fmt::format("{}: {}\n", options_.file, text));
    } else if (!context_.quiet()) {
      note(text);
    }
    if (waiting_.behind == 0 || context_.quiet()) return;
    const auto retention = config_.join.before + config_.join.after + config_.join.grace;
    note(fmt::format("{} of them lie further behind their own side than {}: Kafka Streams would not keep those",
                     grouped(waiting_.behind), format_duration(retention)));
  }

  const Context& context_;
  const Options& options_;
  const config::Config& config_;
  const kafka::Connection connection_;
  replay::WaitingRecords waiting_;
};

Result<ExitCode> export_waiting(Context& context, const Options& options) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  catch_stop_signals();
  auto join = reset::JoinReset::open(**config, *connection, options.timeout);
  if (!join) return fail(std::move(join.error()));
  auto empty = await_no_members(context, options.wait, *join, (*config)->kafka.session_timeout);
  if (!empty) return fail(std::move(empty.error()));
  const auto situation = join->look(std::nullopt);
  if (!situation) return fail(situation.error());
  return Export(context, options, **config, *std::move(connection)).run(*situation);
}

constexpr auto footer =
    "The join must not run. What it has committed says what waits: the inputs are read from where a rebuild would\n"
    "begin to the committed offsets, and what has no partner there is written as it stands on its topic, oldest\n"
    "first. To give it to another program: ordersctl replay topics FILE --into-live. See ordersctl-join(1).";

}  // namespace

void add_join_export(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("export", "What waits in the stopped join, into a capture file");
  command->add_option("FILE", options->file, "The file to make; - is standard output, and the default")->type_name("");
  command->add_flag("--force", options->force, "Write over a file that is there");
  add_wait_for_members(*command, options->wait);
  add_duration(*command, "--timeout", options->timeout, "How long to wait for the broker, when it is silent (PT30S)");
  command->footer(footer);
  on_run(*command, invocation, options, export_waiting);
}

}  // namespace orders::ctl
