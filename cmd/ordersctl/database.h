// The database that the configuration names, for the `db` commands.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "database/database.h"
#include "ordersctl/context.h"
#include "ordersctl/exit_code.h"

namespace orders::ctl {

/// Only for PostgreSQL: the embedded database belongs to the daemon, which holds its lock. Null for the others.
[[nodiscard]] Result<std::unique_ptr<database::Database>> open_database(Context& context,
                                                                        const database::Timeouts& timeouts = {});

/// For a configuration whose database has no schema to care for: prints why, in the format asked for.
[[nodiscard]] Result<ExitCode> no_schema(Context& context);

/// "current", "none", "too old", "too new"
[[nodiscard]] std::string_view schema_word(const database::SchemaState& state);

}  // namespace orders::ctl
