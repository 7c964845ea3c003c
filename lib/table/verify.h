// All that a table holds, row by row, and what of it is not as it should be.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rocks/verify.h"
#include "table/table.h"

namespace orders::table {

struct Contents {
  std::optional<Table::Identity> identity;
  std::vector<TablePosition> positions;
  std::uint64_t rows = 0;  ///< that could be read
  rocks::Damages damages;
};

/// On one snapshot. Every key and value must be of the format, no number negative that is an offset or a partition, and
/// each row must lie below its partition's position: they are written together.
[[nodiscard]] Contents check(const rocks::Store& store);

}  // namespace orders::table
