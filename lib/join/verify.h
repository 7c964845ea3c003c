// All that the join's buffer on disk holds, row by row, and what of it is not as it should be.
#pragma once

#include <cstdint>
#include <string>

#include "join/disk_buffer.h"
#include "rocks/verify.h"

namespace orders::join {

struct DiskContents {
  std::uint64_t rows = 0;     ///< orders of which it knows something, that could be read
  std::uint64_t waiting = 0;  ///< records, of both sides
  std::string position;       ///< the owner's; empty: nothing was finished yet
  rocks::Damages damages;
};

/// Of a store opened with `apart` = row_prefix.
[[nodiscard]] DiskContents check(const rocks::Store& store);

}  // namespace orders::join
