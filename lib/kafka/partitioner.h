// Where a record with a key belongs.
#pragma once

#include <cstdint>
#include <string_view>

namespace orders::kafka {

/// The partition that the Java client picks for a key (murmur2), and that our own producers pick. `partitions` is above
/// 0.
[[nodiscard]] std::int32_t partition_of_key(std::string_view key, std::int32_t partitions);

}  // namespace orders::kafka
