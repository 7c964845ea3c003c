// How many messages were logged.
#pragma once

#include <spdlog/common.h>

#include <array>
#include <cstdint>

namespace orders {

/// By spdlog's levels, trace to critical, since the process started. Any thread.
using LogCounts = std::array<std::uint64_t, 6>;
[[nodiscard]] LogCounts log_counts();

/// A sink that counts what is logged, beside those that write it. Its level is the logger's.
[[nodiscard]] spdlog::sink_ptr log_counter();

}  // namespace orders
