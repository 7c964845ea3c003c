#include "ordersctl/against_topic.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "ordersctl/output.h"
#include "ordersctl/progress.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/state_table.h"
#include "ordersctl/stop.h"

namespace orders::ctl {

Result<state::Comparison> compare_with_topic(Context& context, const AgainstTopic& options) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  auto folder = table_folder(context);
  if (!folder) return fail(std::move(folder.error()));
  auto table = open_table(*folder);
  if (!table) return fail(std::move(table.error()));
  std::error_code error;
  std::filesystem::path scratch = options.scratch;
  if (scratch.empty()) scratch = std::filesystem::temp_directory_path(error);
  if (error) return fail(ErrorClass::invalid, "the system names no folder for temporary files", "name one: --scratch");
  catch_stop_signals();
  std::optional<Progress> progress;
  auto compared = state::compare_with_topic(
      *table, {.connection = *connection,
               .topic = (*config)->topics.orders,
               .key_format = (*config)->topics.key_format,
               .scratch = scratch,
               .timeout = options.timeout,
               .go_on = [&](std::uint64_t records, std::uint64_t of) {
                 if (!progress) progress.emplace("records", of, context.quiet());
                 progress->update(records);
                 return !stop_requested();
               }});
  if (progress) progress->clear();
  return compared;
}

std::string comparison_json(const state::Comparison& comparison) {
  std::string differences;
  for (const auto& [where, what] : comparison.differences.found) {
    differences += fmt::format(R"({}{{"where":{},"what":{}}})", differences.empty() ? "" : ",", raw_json::quote(where),
                               raw_json::quote(what));
  }
  return fmt::format(
      R"({{"records":{},"equal":{},"missing":{},"extra":{},"different":{},"unchecked":{},"differences":[{}],)"
      R"("more_differences":{}}})",
      comparison.records, comparison.equal, comparison.missing, comparison.extra, comparison.different,
      comparison.unchecked, differences, comparison.differences.more);
}

std::string comparison_text(const state::Comparison& comparison, bool colour) {
  Table table({">RECORDS READ", ">EQUAL", ">MISSING", ">EXTRA", ">DIFFERENT", ">UNCHECKED"});
  table.add({grouped(comparison.records), grouped(comparison.equal), grouped(comparison.missing),
             grouped(comparison.extra), grouped(comparison.different), grouped(comparison.unchecked)});
  auto text = "\n" + table.text(colour);
  if (comparison.differences.empty()) return text;
  text += "\ntable against topic:\n";
  for (const auto& [where, what] : comparison.differences.found) text += fmt::format("  {} {}\n", where, what);
  if (comparison.differences.more > 0) text += fmt::format("  and {} more\n", grouped(comparison.differences.more));
  return text + "  To mend: stop ordersd, delete the table's folder, start ordersd: it builds the table anew\n";
}

}  // namespace orders::ctl
