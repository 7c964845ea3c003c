#include "ordersctl/database.h"

#include <fmt/format.h>

namespace orders::ctl {

Result<std::unique_ptr<database::Database>> open_database(Context& context, const database::Timeouts& timeouts) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  if ((*config)->database.backend != config::DatabaseBackend::postgresql) return nullptr;
  database::Options options;
  options.config = (*config)->database;
  options.application_id = (*config)->application_id;
  options.topic = (*config)->topics.orders;
  options.timeouts = timeouts;
  return database::open(options);
}

Result<ExitCode> no_schema(Context& context) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  const bool embedded = (*config)->database.backend == config::DatabaseBackend::embedded;
  if (context.format() == Format::table) {
    write_out(embedded ? "the embedded database needs no migration: ordersd owns it and keeps it up to date\n"
                       : "database.backend is none: there is nothing to migrate\n");
  } else {
    write_out(fmt::format(R"({{"backend":"{}","migration":"not needed"}})", embedded ? "embedded" : "none") + "\n");
  }
  return ExitCode::done;
}

std::string_view schema_word(const database::SchemaState& state) {
  if (state.matches()) return "current";
  if (state.found == 0) return "none";
  return state.found < state.needed ? "too old" : "too new";
}

}  // namespace orders::ctl
