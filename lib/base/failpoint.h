// Named places at which a test makes the process die, stop, wait or fail. Only in builds with ORDERS_FAILPOINTS: in all
// others (what is shipped is one) the macros are nothing, not even a name in the program.
//
// Armed by the environment when the process starts (not ORDERS_…, which are the options of ordersd.yaml):
//   ORDERSD_FAILPOINT="unit.commit.before=kill@3;table.write.after=stop"
// at the third passage of the first it kills itself, at the first passage of the second it stops itself. Actions:
//   kill      SIGKILL to itself
//   stop      SIGSTOP to itself: as if the machine had paused; SIGCONT lets it go on
//   sleep     the thread waits for half a second
//   hang      the thread waits for ever
//   throw     an exception, as if of a defect
//   wait, abort, recreate, record, fenced, gap, bug      the step fails with this class of error , where the place
//   allows it
// Each happens once, with @* instead of @3 at every passage. Standard error says so first, for a test to be sure that
// it was here.
#pragma once

#include <orders_failpoints.h>  // made by CMake: defines ORDERS_FAILPOINTS, or not

#ifdef ORDERS_FAILPOINTS

#include <atomic>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace orders::failpoint {

/// Whether any is armed: what a passage costs otherwise is this load.
inline std::atomic<bool> armed{false};

/// Arms those of `text` and no others; empty: none. `invalid` for what is not of the form above.
[[nodiscard]] Result<> arm(std::string_view text);

/// Counts the passage and acts. An action that is an error comes back, for who can make something of it; `throw` throws
/// a std::runtime_error.
std::optional<Error> pass(std::string_view name);

/// The same; an error takes the place of `result`.
template <class T>
void pass(std::string_view name, Result<T>& result) {
  if (auto error = pass(name)) result = fail(*std::move(error));
}

}  // namespace orders::failpoint

/// A place to die, stop, wait, hang or throw at.
#define ORDERS_FAILPOINT(name)                                                                             \
  do {                                                                                                     \
    if (::orders::failpoint::armed.load(std::memory_order_relaxed)) (void)::orders::failpoint::pass(name); \
  } while (false)
/// And one that may fail: behind a call, where `result` is what it returned.
#define ORDERS_FAILPOINT_RESULT(name, result)                                                                \
  do {                                                                                                       \
    if (::orders::failpoint::armed.load(std::memory_order_relaxed)) ::orders::failpoint::pass(name, result); \
  } while (false)

#else

#define ORDERS_FAILPOINT(name) static_cast<void>(0)
#define ORDERS_FAILPOINT_RESULT(name, result) static_cast<void>(0)

#endif
