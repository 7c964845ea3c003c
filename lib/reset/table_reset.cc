#include "reset/table_reset.h"

#include <fmt/format.h>

#include <system_error>

#include "rocks/store.h"

namespace orders::reset {

Result<> delete_table(const std::filesystem::path& state_folder) {
  const auto aside = rocks::quarantine(state_folder / "table", "it was to be deleted, and could not be");
  if (!aside) return fail(aside.error());
  std::error_code problem;
  std::filesystem::remove_all(*aside, problem);
  if (!problem) return {};
  return fail(ErrorClass::bug, fmt::format("can't delete {}: {}", aside->string(), problem.message()),
              "delete it by hand: nothing needs it any more");
}

}  // namespace orders::reset
