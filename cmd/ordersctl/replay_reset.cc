#include "ordersctl/replay_reset.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

using reset::Step;

constexpr auto manual = "ordersctl-replay-reset(1)";

tl::unexpected<Error> wrong_use(std::string what) {
  return fail(ErrorClass::invalid, std::move(what), fmt::format("see {}", manual));
}

Result<> check_table(const ResetOptions& options) {
  if (options.to.empty() && !options.accept_gap && options.partitions.empty() && options.topic.empty()) return {};
  return wrong_use("the table can only be built anew as a whole: --view table takes neither --to, --accept-gap, "
                   "--partition nor --topic");
}

Result<> check(const ResetOptions& options, const std::optional<reset::Target>& target) {
  using Kind = reset::Target::Kind;
  if (options.forget_results && (options.view != "database" || !options.accept_gap))
    return wrong_use("--forget-results goes with --view database --accept-gap");
  if (options.view == "table") return check_table(options);
  const bool database = options.view == "database";
  if (!target && !options.accept_gap) return wrong_use("where to? Name a place with --to, or give --accept-gap");
  if (database && target && options.accept_gap)
    return wrong_use("--view database takes either --to or --accept-gap: a gap has its own place");
  if (database && !options.topic.empty()) return wrong_use("--topic is for the join's inputs, not for --view database");
  if (database && target && target->kind == Kind::current)
    return wrong_use("--to current is for the join; --view database stays where it is by itself");
  if (!target && !options.topic.empty()) return wrong_use("--topic goes with --to");
  if (!target || target->kind != Kind::offset) return {};
  if (!database && options.topic.empty())
    return wrong_use("offsets of the two inputs have nothing to do with one another: name the input with --topic, or a "
                     "time for both");
  if (database && options.partitions.empty())
    return wrong_use("an offset belongs to a partition: name it (--partition)");
  return {};
}

Result<ExitCode> run_reset(Context& context, const ResetOptions& options) {
  const auto target = target_of(options);
  if (!target) return fail(target.error());
  if (auto valid = check(options, *target); !valid) return fail(valid.error());
  if (options.view == "table") return reset_table(context, options);
  return options.view == "database" ? reset_database(context, options) : reset_join(context, options);
}

std::string effect(const Step& step) {
  if (step.from == kafka::offset_none)
    return grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(step.marks.high - step.to, 0))) + " as new";
  if (step.to == step.from) return "cold start";
  const auto records = grouped(static_cast<std::uint64_t>(std::abs(step.to - step.from)));
  if (step.from > step.marks.high) return "made anew";
  return records + (step.to < step.from ? " again" : " left out");
}

std::string plan_text(const ShownPlan& plan, bool colour) {
  std::string text;
  if (!plan.steps.empty()) {
    Table table({"TOPIC", ">PARTITION", ">FROM", ">TO", ">BEGIN", ">END", "RECORDS"});
    for (const auto& step : plan.steps) {
      table.add({step.at.topic, std::to_string(step.at.partition),
                 step.from == kafka::offset_none ? "none" : std::to_string(step.from), std::to_string(step.to),
                 std::to_string(step.marks.low), std::to_string(step.marks.high), effect(step)});
    }
    text += table.text(colour);
    for (const auto& step : plan.steps) {
      if (!step.why.empty()) text += fmt::format("  {}: {}\n", step.at.text(), step.why);
    }
  }
  for (const auto& path : plan.deletes) text += fmt::format("deletes {}\n", path);
  for (const auto& line : plan.notes) text += line + "\n";
  return text;
}

std::string step_json(const Step& step) {
  const auto from = step.from == kafka::offset_none ? "null" : std::to_string(step.from);
  return fmt::format(R"({{"topic":{},"partition":{},"from":{},"to":{},"begin":{},"end":{},"why":{}}})",
                     raw_json::quote(step.at.topic), step.at.partition, from, step.to, step.marks.low, step.marks.high,
                     step.why.empty() ? "null" : raw_json::quote(step.why));
}

template <class Items, class ToJson>
std::string list_json(const Items& items, ToJson to_json) {
  std::string list;
  for (const auto& item : items) list += (list.empty() ? "" : ",") + to_json(item);
  return "[" + list + "]";
}

/// One object on one line, for json and ndjson alike: a plan is one thing.
std::string plan_json(const ShownPlan& plan, bool done) {
  return fmt::format(R"({{"view":"{}","where":{},"done":{},"steps":{},"deletes":{},"notes":{}}})", plan.view,
                     raw_json::quote(plan.where), done, list_json(plan.steps, step_json),
                     list_json(plan.deletes, raw_json::quote), list_json(plan.notes, raw_json::quote)) +
         "\n";
}

constexpr auto footer =
    "Without --view: the join, which must not run. Both inputs' committed offsets are replaced by ones without "
    "metadata:\n"
    "the next start is a cold start there, which reads again what waited, and publishes only what comes from the new\n"
    "offsets on. Without --execute the plan is shown and nothing is changed (exit code 5). More: "
    "ordersctl-replay-reset(1)";

}  // namespace

Result<std::optional<reset::Target>> target_of(const ResetOptions& options) {
  if (options.to.empty()) return std::nullopt;
  auto target = reset::parse_target(options.to, wall_clock_now());
  if (!target) return fail(target.error());
  return *target;
}

std::vector<std::int32_t> partitions_of(const ResetOptions& options) {
  std::vector<std::int32_t> numbers;
  for (const auto& text : options.partitions) numbers.push_back(static_cast<std::int32_t>(*parse_int64(text)));
  return numbers;
}

Result<ExitCode> carry_out(const Context& context, const ResetOptions& options, const ShownPlan& plan,
                           const std::function<Result<>()>& execute) {
  const bool text = context.format() == Format::table;
  if (plan.empty()) {
    write_out(text ? plan_text(plan, false) + plan.where + ": nothing to do\n" : plan_json(plan, true));
    return ExitCode::done;
  }
  if (text) write_out(plan.where + "\n" + plan_text(plan, context.colour()));
  if (!options.execute) {
    if (!text) write_out(plan_json(plan, false));
    return fail(ErrorClass::refused, "nothing was changed: this is the plan", "with --execute it is carried out");
  }
  if (auto done = execute(); !done) return fail(done.error());
  if (!text) write_out(plan_json(plan, true));
  if (text) write_out("done" + (plan.then.empty() ? "" : "; " + plan.then) + "\n");
  return ExitCode::done;
}

void add_replay_reset(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<ResetOptions>();
  auto* command = group.add_subcommand("reset", "Wind back the stopped join, or one view while the rest goes on");
  command
      ->add_option("--to", options->to,
                   "earliest, latest, current (the same offsets, by a cold start), an offset, a time such as "
                   "2026-01-31T12:00:00Z, or -15m")
      ->type_name("PLACE");
  command->add_flag("--accept-gap", options->accept_gap,
                    "Go on without what is missing: the partitions that have a gap begin at the nearest place");
  command->add_flag("--forget-results", options->forget_results,
                    "With --view database --accept-gap, where the topic was made anew: rows forget the offset of their "
                    "result, so that new ones overwrite it");
  const auto is_partition = [](const std::string& text) -> std::string {
    const auto number = parse_int64(text);
    return number && *number >= 0 && *number <= 1'000'000 ? "" : fmt::format("'{}' is no partition's number", text);
  };
  command->add_option("--partition", options->partitions, "Only this partition. May be repeated, or be a list: 0,1")
      ->type_name("N")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(is_partition);
  command->add_option("--topic", options->topic, "Only this input's offsets move; an offset needs it")
      ->type_name("TOPIC");
  command->add_option("--view", options->view, "join (default), table (built anew) or database (its position)")
      ->type_name("VIEW")
      ->check(CLI::IsMember({"join", "table", "database"}));
  command->add_flag("--execute", options->execute, "Do it; without this the plan is shown");
  add_wait_for_members(*command, options->wait);
  add_duration(*command, "--timeout", options->timeout, "How long to wait for each answer of the broker (PT10S)");
  command->footer(footer);
  on_run(*command, invocation, options, run_reset);
}

}  // namespace orders::ctl
