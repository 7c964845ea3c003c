// All that the embedded database holds, and what of it is not as it should be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rocks/verify.h"

namespace orders::database {

struct EmbeddedContents {
  struct Position {
    std::string application_id;
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t next_offset = 0;
  };
  std::vector<Position> positions;
  std::uint64_t orders = 0;  ///< that could be read
  rocks::Damages damages;
};

/// On one snapshot: every key and value must be of the layout, and no position negative.
[[nodiscard]] EmbeddedContents check_embedded(const rocks::Store& store);

}  // namespace orders::database
