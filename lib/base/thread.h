// What the operating system is told of a thread.
#pragma once

namespace orders {

/// The calling thread's name in `top -H`, `perf` and core dumps; at most 15 bytes.
void name_thread(const char* name);

}  // namespace orders
