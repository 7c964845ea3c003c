// The two backends' entry points. Private to the module.
#pragma once

#include <memory>

#include "database/database.h"

namespace orders::database {

[[nodiscard]] Result<std::unique_ptr<Database>> open_postgres(const Options& options);
[[nodiscard]] Result<std::unique_ptr<Database>> open_embedded(const Options& options);

}  // namespace orders::database
