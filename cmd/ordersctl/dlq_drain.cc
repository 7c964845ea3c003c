#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "dlq/drain.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/database.h"
#include "ordersctl/dlq.h"
#include "ordersctl/progress.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

struct Options {
  LetterFlags flags;
  std::string to_topic, to_file, edit_command;
  std::int64_t limit = 0, rate = 0;
  bool execute = false;
};

constexpr std::uint64_t most_told = 100;  ///< letters that failed, a line for each; the rest are counted

std::string counts_json(const Counts& counts) {
  std::string members;
  for (const auto& [name, count] : counts)
    members += fmt::format("{}{}:{}", members.empty() ? "" : ",", raw_json::quote(name), count);
  return "{" + members + "}";
}

std::string counts_text(std::string_view what, const Counts& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += fmt::format("{}: {}: {}\n", what, grouped(count), name);
  return text;
}

std::string plan_json(const dlq::DrainPlan& plan, const std::string& edit_command) {
  std::string goes;
  for (const auto& [way, count] : plan.goes) {
    goes += fmt::format(R"({}{{"to":{},"reason":{},"letters":{}}})", goes.empty() ? "" : ",",
                        raw_json::quote(way.first), raw_json::quote(way.second), count);
  }
  return fmt::format(R"({{"letters":{},"drained":{},"plan":[{}],"held":{},"edit_command":{}}})", plan.letters,
                     plan.drained, goes, counts_json(plan.held),
                     edit_command.empty() ? "null" : raw_json::quote(edit_command));
}

void print_plan(const Context& context, const dlq::DrainPlan& plan, const std::string& edit_command) {
  if (context.format() != Format::table) return write_out(plan_json(plan, edit_command) + "\n");
  Table table({"TO", "REASON", ">LETTERS"});
  for (const auto& [way, count] : plan.goes) table.add({way.first, way.second, grouped(count)});
  auto text = table.empty() ? std::string{} : table.text(context.colour());
  if (plan.letters > 0 && !edit_command.empty()) text += fmt::format("each value goes through: {}\n", edit_command);
  write_out(text + counts_text("stays", plan.held));
}

std::uint64_t sum(const Counts& counts) {
  std::uint64_t all = 0;
  for (const auto& [name, count] : counts) all += count;
  return all;
}

void print_report(const Context& context, const dlq::DrainReport& report, const Counts& held) {
  if (context.format() == Format::table) {
    return write_out(fmt::format("drained: {} to topics, {} to the database, {} to the file\n",
                                 grouped(report.redriven), grouped(report.applied), grouped(report.written)) +
                     counts_text("failed", report.failed) + counts_text("stays", held));
  }
  write_out(fmt::format(R"({{"redriven":{},"applied":{},"written":{},"failed":{},"held":{},"stopped":{}}})",
                        report.redriven, report.applied, report.written, counts_json(report.failed),
                        counts_json(held), report.stopped) +
            "\n");
}

Result<ExitCode> verdict(const dlq::DrainReport& report) {
  const auto done = fmt::format("{} drained and marked", counted(report.done(), "dead letter"));
  if (report.error) {
    auto error = *report.error;
    error.message = fmt::format("{}; {} before", error.message, done);
    if (error.hint.empty()) error.hint = "nothing is half done: the same command goes on";
    return fail(std::move(error));
  }
  if (report.stopped)
    return fail(ErrorClass::bug, fmt::format("stopped: {}", done), "the same command goes on with the rest");
  if (report.failed.empty()) return ExitCode::done;
  return fail(ErrorClass::bug,
              fmt::format("{} could not be drained, and stay; {}", counted(sum(report.failed), "dead letter"), done),
              "ordersctl dlq list shows what is left; see ordersctl-dlq(1)");
}

dlq::DrainOptions drain_options(const Options& options, dlq::Filter filter) {
  dlq::DrainOptions drain;
  drain.filter = std::move(filter);
  drain.to_topic = options.to_topic;
  drain.to_file = options.to_file;
  if (options.limit > 0) drain.limit = static_cast<std::uint64_t>(options.limit);
  drain.rate = static_cast<std::uint64_t>(options.rate);
  drain.edit_command = options.edit_command;
  drain.timeout = options.flags.timeout;
  return drain;
}

/// Shows how far it has come, and each letter that stays behind.
class Teller {
 public:
  explicit Teller(const Context& context)
      : reading_("dead letters read", std::nullopt, context.quiet()),
        draining_("dead letters drained", std::nullopt, context.quiet()) {}
  [[nodiscard]] dlq::DrainHooks hooks() {
    return {stop_requested, sleep_unless_stopped, [this](std::uint64_t letters) { reading_.update(letters); },
            [this](std::uint64_t done) { draining_.update(done); },
            [this](const dlq::Letter& letter, const std::string& why) { failed(letter, why); }};
  }
  void planned() { reading_.clear(); }
  void finish() {
    draining_.clear();
    if (failed_ > most_told) note(fmt::format("and {} more like these", grouped(failed_ - most_told)));
  }

 private:
  void failed(const dlq::Letter& letter, const std::string& why) {
    if (failed_++ >= most_told) return;
    draining_.clear();
    const auto original = letter.original();
    note(fmt::format("{}{}: {}", letter.id(), original.empty() ? "" : " (" + original + ")", why));
  }
  Progress reading_, draining_;
  std::uint64_t failed_ = 0;
};

Result<std::unique_ptr<dlq::Drain>> open_drain(Context& context, const Options& options, Teller& teller) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto filter = filter_of(options.flags, **config);
  if (!filter) return fail(std::move(filter.error()));
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  auto database = open_database(context);
  if (!database) return fail(std::move(database.error()));
  return dlq::Drain::open(*connection, **config, *std::move(database), drain_options(options, *std::move(filter)),
                          teller.hooks(), options.execute ? dlq::Drain::Mode::execute : dlq::Drain::Mode::plan);
}

Result<ExitCode> drain(Context& context, const Options& options) {
  if (!options.to_topic.empty() && !options.to_file.empty())
    return fail(ErrorClass::invalid, "--to-topic and --to-file: one of them, or neither");
  catch_stop_signals();
  Teller teller(context);
  auto drain = open_drain(context, options, teller);
  if (!drain) return fail(std::move(drain.error()));
  auto plan = (*drain)->plan();
  teller.planned();
  if (!plan) return fail(std::move(plan.error()));
  if (stop_requested()) return fail(ErrorClass::bug, "stopped: nothing was drained", "the same command begins anew");
  if (!options.execute) {
    print_plan(context, *plan, options.edit_command);
    if (plan->letters == 0 && !context.quiet()) note("nothing is to be drained");
    if (plan->letters == 0) return ExitCode::done;
    const auto limit = options.limit > 0 ? static_cast<std::uint64_t>(options.limit) : plan->letters;
    return fail(ErrorClass::refused,
                fmt::format("nothing was drained: this is the plan for {}{}", counted(plan->letters, "dead letter"),
                            limit < plan->letters ? fmt::format(", the first {} of them", grouped(limit)) : ""),
                "with --execute it is carried out; see ordersctl-dlq(1)");
  }
  const auto report = (*drain)->run();
  teller.finish();
  print_report(context, report, plan->held);
  return verdict(report);
}

}  // namespace

void add_dlq_drain(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command =
      group.add_subcommand("drain", "Back to where they came from, to another topic or to a file, each once");
  add_letter_flags(*command, options->flags);
  command->add_option("ID", options->flags.ids, "topic[partition]@offset, of the letter or of the record that it is of")
      ->type_name("");
  command->add_option("--to-topic", options->to_topic, "To this topic instead")->type_name("TOPIC");
  command->add_option("--to-file", options->to_file, "Append them to this file, as lines of a capture")
      ->type_name("FILE");
  command->add_option("--edit-command", options->edit_command,
                      "A shell command that mends each value: standard input to standard output")
      ->type_name("COMMAND");
  add_integer(*command, "--limit", options->limit, "At most so many; partners are not parted", 1);
  add_integer(*command, "--rate", options->rate, "At most so many a second", 1, 1'000'000);
  command->add_flag("--execute", options->execute, "Do it; without this the plan is shown");
  command->footer("Each letter that was drained is marked, and left out from then on. More: ordersctl-dlq(1)");
  on_run(*command, invocation, options, drain);
}

}  // namespace orders::ctl
