// Byte sizes as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace orders {

/// "256MiB", "10KiB", "1GiB", "512B", "1048576". Binary units only; never negative.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);
/// The largest unit that divides it evenly: "256MiB", "1000B".
[[nodiscard]] std::string format_size(std::uint64_t bytes);

}  // namespace orders
