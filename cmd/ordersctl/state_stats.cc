#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/order_rows.h"
#include "ordersctl/paging.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/state_table.h"
#include "ordersctl/table_filter.h"

namespace orders::ctl {
namespace {

struct Options {
  bool offline = false;
  bool against_ends = false;
};

std::string number(std::string_view object, std::string_view name) {
  const auto found = raw_json::integer(object, name);
  return found && *found >= 0 ? grouped(static_cast<std::uint64_t>(*found)) : "?";
}

std::string sizes_text(std::string_view stats, bool colour) {
  const bool offline = raw_json::is_true(stats, "offline");
  Table table({"TABLE", ">SIZE"});
  table.add({"rows, about", number(stats, "rows")});
  table.add({"bytes on disk", number(stats, "bytes")});
  if (!offline) {
    table.add({"bytes not flushed yet", number(stats, "unflushed_bytes")});
    table.add({"bytes of memory (state.memory)", number(stats, "memory_bytes")});
  }
  return table.text(colour);
}

std::string levels_text(std::string_view stats, bool colour) {
  Table table({">LEVEL", ">FILES", ">BYTES"});
  for (const auto level : raw_json::elements(raw_json::member(stats, "levels").value_or("[]")))
    table.add({raw_json::text(level, "level"), number(level, "files"), number(level, "bytes")});
  return table.empty() ? std::string{} : "\n" + table.text(colour);
}

std::string behind(std::string_view position) {
  const auto next = raw_json::integer(position, "next_offset"), end = raw_json::integer(position, "end");
  return next && end ? std::to_string(std::max<std::int64_t>(*end - *next, 0)) : "?";
}

std::string positions_text(std::string_view stats, bool colour) {
  Table table({">PARTITION", ">NEXT OFFSET", ">END", ">BEHIND", "END LAST SEEN"});
  for (const auto position : raw_json::elements(raw_json::member(stats, "positions").value_or("[]"))) {
    const auto end = raw_json::text(position, "end");
    const auto seen = raw_json::integer(position, "end_seen");
    table.add({raw_json::text(position, "partition"), raw_json::text(position, "next_offset"), end.empty() ? "?" : end,
               behind(position), seen && *seen >= 0 ? format_timestamp(from_millis(*seen)) : "never"});
  }
  return table.empty() ? std::string{} : "\n" + table.text(colour);
}

Result<ExitCode> stats(Context& context, const Options& options) {
  auto table = open_state(context, options.offline);
  if (!table) return fail(std::move(table.error()));
  auto body = (*table)->stats(options.against_ends);
  if (!body) return fail(std::move(body.error()));
  if (context.format() != Format::table) {
    write_out(*body + "\n");
    return ExitCode::done;
  }
  const bool colour = context.colour();
  write_out(sizes_text(*body, colour) + levels_text(*body, colour) + positions_text(*body, colour));
  note_lag(context, *body);
  return ExitCode::done;
}

}  // namespace

void add_state_stats(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("stats", "The table's rows, bytes, files, memory, and how far it has come");
  command->add_flag("--against-ends", options->against_ends,
                    "Where the folder is read: ask the broker where the topic ends. The daemon knows");
  add_offline(*command, options->offline);
  command->footer("The number of rows is RocksDB's estimate; ordersctl state count is exact.");
  on_run(*command, invocation, options, stats);
}

}  // namespace orders::ctl
