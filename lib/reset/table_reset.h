// The table of a stopped daemon.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace orders::reset {

/// Deletes the table in the state folder, whose lock the caller holds; the next start builds it anew from `orders`.
/// Renamed first, so that half of one is never taken for a table. `not_found` where there is none.
[[nodiscard]] Result<> delete_table(const std::filesystem::path& state_folder);

}  // namespace orders::reset
