#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/database.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

std::string hint(const database::SchemaState& state) {
  return state.found < state.needed ? "ordersctl db migrate" : "install the ordersd that made it, or a newer one";
}

Result<ExitCode> status(Context& context) {
  auto database = open_database(context);
  if (!database) return fail(std::move(database.error()));
  if (*database == nullptr) return no_schema(context);
  auto state = (*database)->schema();
  if (!state) return fail(std::move(state.error()));
  const auto where = (*database)->describe();
  const auto word = schema_word(*state);
  if (context.format() != Format::table) {
    write_out(fmt::format(R"({{"database":{},"found":{},"needed":{},"state":"{}"}})", raw_json::quote(where),
                          state->found, state->needed, word) +
              "\n");
  } else {
    Table table({"DATABASE", ">FOUND", ">NEEDED", "STATE"});
    table.add({where, std::to_string(state->found), std::to_string(state->needed), std::string(word)});
    write_out(table.text(context.colour()));
  }
  if (state->matches()) return ExitCode::done;
  return fail(ErrorClass::bug, fmt::format("{}: the schema is {}", where, word == "none" ? "not there" : word),
              hint(*state));
}

}  // namespace

void add_db_status(CLI::App& group, Invocation& invocation) {
  auto* command = group.add_subcommand("status", "Show the schema's version against the one needed; 1 if they differ");
  on_run(*command, invocation, status);
}

}  // namespace orders::ctl
