// What the operating system is told of a thread.
#pragma once

namespace orders {

/// The calling thread, and those that it starts from now on, let others go first: on a busy processor they keep about a
/// tenth of what the others have.
void step_back();

/// The calling thread's name in `top -H`, `perf` and core dumps; at most 15 bytes.
void name_thread(const char* name);

}  // namespace orders
