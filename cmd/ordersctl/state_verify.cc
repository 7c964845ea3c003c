#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/against_topic.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/state_table.h"
#include "state/verify.h"

namespace orders::ctl {
namespace {

using state::StoreReport;

struct Options {
  bool against_ends = false;
  bool against_topic = false;
  AgainstTopic topic;
};

/// What was found: of the stores and, if asked for, of the table against the topic.
struct Found {
  std::vector<StoreReport> stores;
  std::optional<state::Comparison> comparison;

  [[nodiscard]] std::uint64_t problems() const {
    std::uint64_t problems = comparison ? comparison->wrong() : 0;
    for (const auto& store : stores) problems += store.damages.count();
    return problems;
  }
};

template <class Items, class ToJson>
std::string array_json(const Items& items, ToJson to_json) {
  std::string list;
  for (const auto& item : items) list += (list.empty() ? "" : ",") + to_json(item);
  return "[" + list + "]";
}

std::string position_json(const state::Position& position) {
  const auto& marks = position.marks;
  return fmt::format(R"({{"topic":{},"partition":{},"next_offset":{},"begin":{},"end":{}}})",
                     raw_json::quote(position.at.topic), position.at.partition, position.next_offset,
                     marks ? std::to_string(marks->low) : "null", marks ? std::to_string(marks->high) : "null");
}

std::string damage_json(const rocks::Damages::Damage& damage) {
  return fmt::format(R"({{"where":{},"what":{}}})", raw_json::quote(damage.where), raw_json::quote(damage.what));
}

std::string store_json(const StoreReport& store, const std::optional<state::Comparison>& comparison) {
  const bool compared = comparison && store.name == "table";
  const bool ok = store.damages.empty() && (!compared || comparison->wrong() == 0);
  return fmt::format(
      R"({{"store":"{}","folder":{},"ok":{},"rows":{},"bytes":{},"cluster":{},"positions":{},"problems":{},)"
      R"("more_problems":{},"mend":{}{}}})",
      store.name, raw_json::quote(store.folder.string()), ok, store.rows, store.bytes,
      store.cluster_id.empty() ? "null" : raw_json::quote(store.cluster_id),
      array_json(store.positions, position_json), array_json(store.damages.found, damage_json), store.damages.more,
      store.damages.empty() ? "null" : raw_json::quote(store.mend),
      compared ? ",\"against_topic\":" + comparison_json(*comparison) : "");
}

std::string stores_text(const std::vector<StoreReport>& stores, bool colour) {
  Table table({"STORE", ">ROWS", ">BYTES", ">PROBLEMS"});
  for (const auto& store : stores) {
    table.add({store.name, grouped(store.rows), grouped(store.bytes), grouped(store.damages.count())});
  }
  return table.text(colour);
}

std::string positions_text(const std::vector<StoreReport>& stores, bool with_ends, bool colour) {
  std::vector<std::string> titles = {"STORE", "PARTITION", ">NEXT OFFSET"};
  if (with_ends) titles.insert(titles.end(), {">BEGIN", ">END"});
  Table table(titles);
  for (const auto& store : stores) {
    for (const auto& [at, next_offset, marks] : store.positions) {
      std::vector<std::string> cells = {store.name, at.text(), std::to_string(next_offset)};
      if (marks) cells.insert(cells.end(), {std::to_string(marks->low), std::to_string(marks->high)});
      table.add(std::move(cells));
    }
  }
  return table.empty() ? std::string{} : "\n" + table.text(colour);
}

std::string damages_text(const std::vector<StoreReport>& stores) {
  std::string text;
  for (const auto& store : stores) {
    if (store.damages.empty()) continue;
    text += fmt::format("\n{}:\n", store.name);
    for (const auto& [where, what] : store.damages.found) text += fmt::format("  {}: {}\n", where, what);
    if (store.damages.more > 0) text += fmt::format("  and {} more\n", grouped(store.damages.more));
    text += fmt::format("  To mend: {}\n", store.mend);
  }
  return text;
}

void print(const Context& context, const std::filesystem::path& folder, const Found& found, bool with_ends) {
  const auto& [stores, comparison] = found;
  const auto to_json = [&](const StoreReport& store) { return store_json(store, comparison); };
  switch (context.format()) {
    case Format::table:
      return write_out(stores_text(stores, context.colour()) + positions_text(stores, with_ends, context.colour()) +
                       (comparison ? comparison_text(*comparison, context.colour()) : "") + damages_text(stores));
    case Format::json:
      return write_out(fmt::format("{{\"folder\":{},\"stores\":{}}}\n", raw_json::quote(folder.string()),
                                   array_json(stores, to_json)));
    case Format::ndjson:
      for (const auto& store : stores) write_out(to_json(store) + "\n");
  }
}

/// The table's files are whole, so that its rows are worth comparing.
bool has_sound_table(const std::vector<StoreReport>& stores) {
  return !stores.empty() && stores.front().name == "table" && stores.front().damages.empty();
}

Result<ExitCode> verify(Context& context, const Options& options) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  const auto& topics = (*config)->topics;
  const auto folder = std::filesystem::path((*config)->state.directory) / (*config)->application_id;
  auto stores = state::verify(folder, {(*config)->application_id, topics.orders, topics.payments, topics.stock});
  if (!stores) return fail(file_error(std::move(stores.error())));
  if (options.against_ends) {
    auto connection = context.connection();
    if (!connection) return fail(std::move(connection.error()));
    if (auto compared = state::compare_with_ends(*stores, *connection); !compared) return fail(compared.error());
  }
  Found found{*std::move(stores), {}};
  if (options.against_topic && has_sound_table(found.stores)) {
    auto compared = compare_with_topic(context, options.topic);
    if (!compared) return fail(std::move(compared.error()));
    found.comparison = *std::move(compared);
  }
  print(context, folder, found, options.against_ends);
  const bool compared = found.comparison || !options.against_topic;
  if (found.problems() == 0 && !compared)
    return fail(ErrorClass::not_found, fmt::format("there is no table in {}", folder.string()));
  if (!compared) note("a damaged table is not compared with the topic");
  if (found.problems() == 0) return ExitCode::done;
  return fail(ErrorClass::bug, fmt::format("the state in {} is not sound: {}", folder.string(),
                                           counted(found.problems(), "problem")));
}

constexpr auto footer =
    "Reads the table, the join's buffers and the embedded database in state.directory, every block against its\n"
    "checksum, and writes nothing. Beside a running ordersd it sees what was flushed last.\n"
    "\n"
    "--against-topic reads the whole orders topic, folds it once more into temporary files of about 50 bytes an\n"
    "order, and tells of rows that are missing, extra or different up to where the table has come.";

}  // namespace

void add_state_verify(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("verify", "Check the state's files, without the daemon; 1 if any is damaged");
  command->add_flag("--against-ends", options->against_ends,
                    "Compare the positions with where the topics end, too: asks the broker");
  command->add_flag("--against-topic", options->against_topic,
                    "Compare every row of the table with the orders topic: asks the broker");
  command->add_option("--scratch", options->topic.scratch, "A folder for the temporary files of --against-topic")
      ->type_name("FOLDER");
  add_duration(*command, "--timeout", options->topic.timeout,
               "How long --against-topic waits for the broker's next record (PT30S)");
  command->footer(footer);
  on_run(*command, invocation, options, verify);
}

}  // namespace orders::ctl
