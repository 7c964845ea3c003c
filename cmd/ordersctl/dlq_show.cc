#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "dlq/file_target.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/dlq.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/stop.h"
#include "replay/capture.h"

namespace orders::ctl {
namespace {

using dlq::Letter;

struct Options {
  LetterFlags flags;
  std::int64_t limit = 100;
};

/// With the letter as a line of a capture, headers included.
std::string letter_json(const Letter& letter, config::KeyFormat keys) {
  std::string record;
  replay::append_line(record, dlq::captured(letter), keys);
  record.pop_back();  // the line's end
  return fmt::format(R"({{{},"record":{}}})", letter_members(letter, keys), record);
}

std::string headers_text(const Letter& letter) {
  std::string text;
  for (const auto& [name, value] : failure::headers_to_redrive(letter.headers)) {
    if (name == "orders-attempt") continue;  // told above
    text += fmt::format("  header       {}: {}\n", printable(name), value ? printable(*value) : "(null)");
  }
  return text;
}

std::string value_text(const Letter& letter) {
  if (letter.of.value_left_out) return "  value        left out: the broker had refused it\n";
  if (!letter.value) return "  value        (none)\n";
  if (is_json(*letter.value)) return raw_json::pretty(*letter.value) + "\n";
  constexpr std::size_t shown = 4'000;
  return fmt::format("  value        {}, not JSON:\n{}\n", counted(letter.value->size(), "byte"),
                     printable(*letter.value, shown));
}

std::string letter_text(const Letter& letter, config::KeyFormat keys) {
  const auto& of = letter.of;
  const auto line = [](std::string_view name, const std::string& text) {
    return text.empty() ? std::string{} : fmt::format("  {:<12} {}\n", name, printable(text, 1'000));
  };
  const auto when = original_time(letter);
  return letter.id() + "\n" + line("reason", letter.reason()) + line("message", of.message) +
         line("record", letter.original()) + line("dated", when) + line("dead since", format_timestamp(letter.time)) +
         line("application", of.application) + line("origin", of.origin) + line("attempt", std::to_string(of.attempt)) +
         line("key", key_text(letter.key, keys)) + headers_text(letter) + value_text(letter);
}

Result<ExitCode> show(Context& context, const Options& options) {
  if (!options.flags.any()) {
    return fail(ErrorClass::invalid, "which dead letters? Give ids, or --reason, --topic, --key, --since, --until",
                "ordersctl dlq list --letters shows the ids");
  }
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto filter = filter_of(options.flags, **config);
  if (!filter) return fail(std::move(filter.error()));
  catch_stop_signals();
  auto letters = open_dead_letters(context, options.flags.timeout);
  if (!letters) return fail(std::move(letters.error()));

  const auto keys = (*config)->topics.key_format;
  std::int64_t shown = 0;
  std::string list;
  bool more = false;
  auto scan = letters->read(*filter, [&](const Letter& letter) {
    more = shown == options.limit;
    if (more) return false;
    ++shown;
    if (context.format() == Format::table) write_out((shown > 1 ? "\n" : "") + letter_text(letter, keys));
    if (context.format() == Format::ndjson) write_out(letter_json(letter, keys) + "\n");
    if (context.format() == Format::json) list += (list.empty() ? "" : ",") + letter_json(letter, keys);
    return !stop_requested();
  });
  if (!scan) return fail(std::move(scan.error()));
  if (stop_requested()) {
    return fail(ErrorClass::bug, "stopped before the queue was read to its end", "the same command begins anew");
  }
  if (shown == 0) {
    return fail(ErrorClass::not_found, "no such dead letter",
                scan->drained > 0 ? fmt::format("{} drained already", grouped(scan->drained)) : "");
  }
  if (context.format() == Format::json) write_out(fmt::format("{{\"letters\":[{}],\"more\":{}}}\n", list, more));
  if (more && context.format() != Format::json && !context.quiet()) note("there are more: --limit, or a filter");
  return ExitCode::done;
}

}  // namespace

void add_dlq_show(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("show", "Dead letters in full: where they come from, why, headers and value");
  command->add_option("ID", options->flags.ids, "topic[partition]@offset, of the letter or of the record that it is of")
      ->type_name("");
  add_letter_flags(*command, options->flags);
  add_integer(*command, "--limit", options->limit, "At most so many (100)", 1);
  command->footer("What was drained is left out. More: ordersctl-dlq(1)");
  on_run(*command, invocation, options, show);
}

}  // namespace orders::ctl
