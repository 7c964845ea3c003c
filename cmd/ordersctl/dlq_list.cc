#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "dlq/summary.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/dlq.h"
#include "ordersctl/progress.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

using dlq::Letter;

struct Options {
  LetterFlags flags;
  std::string by = "reason";
  bool letters = false;
  std::int64_t limit = 100;
};

dlq::By by_of(const std::string& name) {
  if (name == "topic") return dlq::By::topic;
  return name == "hour" ? dlq::By::hour : dlq::By::reason;
}

std::string group_json(const std::string& by, const std::string& name, const dlq::Summary::Group& group) {
  return fmt::format(R"({{"{}":{},"letters":{},"oldest":"{}","newest":"{}"}})", by, raw_json::quote(name),
                     group.letters, format_timestamp(group.oldest), format_timestamp(group.newest));
}

void print(const Context& context, const std::string& by, const dlq::Summary& summary, std::uint64_t drained) {
  std::string lines, list;
  Table table({by == "reason" ? "REASON" : by == "topic" ? "TOPIC" : "HOUR", ">LETTERS", "OLDEST", "NEWEST"});
  for (const auto& [name, group] : summary.groups()) {
    const auto json = group_json(by, name, group);
    lines += json + "\n";
    list += (list.empty() ? "" : ",") + json;
    table.add({name, grouped(group.letters), format_timestamp(group.oldest), format_timestamp(group.newest)});
  }
  switch (context.format()) {
    case Format::table:
      write_out(table.text(context.colour()));
      if (!context.quiet())
        note(fmt::format("{}; {} drained", counted(summary.letters(), "dead letter"), grouped(drained)));
      return;
    case Format::json:
      return write_out(fmt::format("{{\"by\":\"{}\",\"letters\":{},\"drained\":{},\"groups\":[{}]}}\n", by,
                                   summary.letters(), drained, list));
    case Format::ndjson:
      return write_out(lines);
  }
}

tl::unexpected<Error> stopped() {
  return fail(ErrorClass::bug, "stopped before the queue was read to its end", "the same command begins anew");
}

Result<ExitCode> list_groups(Context& context, const dlq::DeadLetters& letters, const dlq::Filter& filter,
                             const Options& options) {
  dlq::Summary summary(by_of(options.by));
  Progress progress("dead letters", std::nullopt, context.quiet());
  auto scan = letters.read(filter, [&](const Letter& letter) {
    summary.add(letter);
    progress.update(summary.letters());
    return !stop_requested();
  });
  progress.clear();
  if (!scan) return fail(std::move(scan.error()));
  if (stop_requested()) return stopped();
  print(context, options.by, summary, scan->drained);
  return ExitCode::done;
}

Result<ExitCode> list_letters(Context& context, const dlq::DeadLetters& letters, const dlq::Filter& filter,
                              const Options& options, config::KeyFormat keys) {
  Table table({"ID", "TIME", "REASON", "RECORD", "KEY", ">ATTEMPT"});
  std::string list;
  std::int64_t left = options.limit;
  bool more = false;
  auto scan = letters.read(filter, [&](const Letter& letter) {
    more = left-- == 0;
    if (more) return false;
    const auto json = fmt::format("{{{}}}", letter_members(letter, keys));
    if (context.format() == Format::ndjson) write_out(json + "\n");
    if (context.format() == Format::json) list += (list.empty() ? "" : ",") + json;
    table.add({letter.id(), format_timestamp(letter.time), letter.reason(), letter.original(),
               key_text(letter.key, keys), std::to_string(letter.of.attempt)});
    return !stop_requested();
  });
  if (!scan) return fail(std::move(scan.error()));
  if (stop_requested()) return stopped();
  if (context.format() == Format::json)
    write_out(fmt::format("{{\"letters\":[{}],\"more\":{}}}\n", list, more));
  if (context.format() == Format::table) write_out(table.text(context.colour()));
  if (more && context.format() != Format::json && !context.quiet()) note("there are more: --limit, or a filter");
  return ExitCode::done;
}

Result<ExitCode> list(Context& context, const Options& options) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto filter = filter_of(options.flags, **config);
  if (!filter) return fail(std::move(filter.error()));
  catch_stop_signals();
  auto letters = open_dead_letters(context, options.flags.timeout);
  if (!letters) return fail(std::move(letters.error()));
  return options.letters ? list_letters(context, *letters, *filter, options, (*config)->topics.key_format)
                         : list_groups(context, *letters, *filter, options);
}

}  // namespace

void add_dlq_list(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("list", "How many there are, by reason, topic or hour; or each of them");
  add_letter_flags(*command, options->flags);
  command->add_option("--by", options->by, "reason (default), topic or hour, which is one of UTC")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"reason", "topic", "hour"}));
  command->add_flag("--letters", options->letters, "Each letter, instead of counts");
  add_integer(*command, "--limit", options->limit, "With --letters: at most so many (100)", 1);
  command->footer("What was drained is left out. More: ordersctl-dlq(1)");
  on_run(*command, invocation, options, list);
}

}  // namespace orders::ctl
