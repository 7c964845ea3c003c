#include "database/database.h"

#include "database/backends.h"

namespace orders::database {

Result<std::unique_ptr<Database>> open(const Options& options) {
  switch (options.config.backend) {
    case config::DatabaseBackend::postgresql:
      return open_postgres(options);
    case config::DatabaseBackend::embedded:
      return open_embedded(options);
    case config::DatabaseBackend::none:
      break;
  }
  return nullptr;
}

Result<> require_schema(Database& database) {
  const auto schema = database.schema();
  if (!schema) return fail(schema.error());
  if (schema->matches()) return {};
  const std::string found = std::to_string(schema->found);
  const std::string needed = std::to_string(schema->needed);
  if (schema->found > schema->needed) {
    return fail(ErrorClass::invalid,
                "this ordersd is too old for the schema (version " + found + ", it knows " + needed + ") of " +
                    database.describe(),
                "upgrade it");
  }
  const std::string state = schema->found == 0
                                ? "there is no schema in "
                                : "the schema is too old (version " + found + ", needed is " + needed + ") in ";
  return fail(ErrorClass::invalid, state + database.describe(), "run: ordersctl db migrate");
}

}  // namespace orders::database
