#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/database.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

Result<ExitCode> migrate(Context& context) {
  auto database = open_database(context);
  if (!database) return fail(std::move(database.error()));
  if (*database == nullptr) return no_schema(context);
  auto applied = (*database)->migrate();
  if (!applied) return fail(std::move(applied.error()));
  const auto where = (*database)->describe();
  if (context.format() != Format::table) {
    write_out(fmt::format(R"({{"database":{},"applied":[{}]}})", raw_json::quote(where), fmt::join(*applied, ",")) +
              "\n");
  } else if (applied->empty()) {
    write_out(fmt::format("{}: up to date, nothing to do\n", where));
  } else {
    write_out(fmt::format("{}: applied {} {}\n", where, applied->size() == 1 ? "version" : "versions",
                          fmt::join(*applied, ", ")));
  }
  return ExitCode::done;
}

}  // namespace

void add_db_migrate(CLI::App& group, Invocation& invocation) {
  auto* command = group.add_subcommand("migrate", "Bring the schema up to date, one transaction a version");
  on_run(*command, invocation, migrate);
}

}  // namespace orders::ctl
