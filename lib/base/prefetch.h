// Memory that will be read soon.
#pragma once

#include <algorithm>
#include <cstddef>

namespace orders {

/// Has it fetched into the processor's cache meanwhile. Only the first KiB of it: behind that the processor has
/// understood by itself.
inline void prefetch(const void* begin, std::size_t size) {
  constexpr std::size_t cache_line = 64, most = 1'024;
  for (std::size_t at = 0; at < std::min(size, most); at += cache_line) {
    __builtin_prefetch(static_cast<const char*>(begin) + at);
  }
}

}  // namespace orders
