#include "watchdog.h"

#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/failpoint.h"
#include "base/guarded_thread.h"
#include "base/heartbeat_watch.h"
#include "base/log.h"
#include "base/thread.h"
#include "notify.h"

namespace orders::daemon {
namespace {

/// Longer than any wait that ends by itself and does not say so; the longest one that does, for PostgreSQL, has 40 s.
constexpr Milliseconds default_limit{60'000};
constexpr Milliseconds look_interval{1'000};
/// Beyond the next look, on a machine as busy as it may be.
constexpr Milliseconds extension{30'000};
/// Who hangs may do so in the log, and hold it: then the alarm ends the process.
constexpr unsigned log_patience = 5;  // seconds

/// Tests can't wait for a minute. What is shipped does not know the variable.
Milliseconds limit() {
#ifdef ORDERS_FAILPOINTS
  if (const char* text = std::getenv("ORDERSD_WATCHDOG_LIMIT"); text != nullptr) {
    const auto limit = parse_duration(text);
    if (limit) return *limit;
    spdlog::critical("ORDERSD_WATCHDOG_LIMIT: {}", limit.error().text());
    ::_exit(2);
  }
#endif
  return default_limit;
}

/// How often systemd wants to be told; zero: not at all.
std::chrono::microseconds systemd_interval() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return {};
  return std::chrono::microseconds{microseconds};
}

[[noreturn]] void end(const std::vector<heartbeat::Watch::Hung>& hung) {
  ::alarm(log_patience);
  for (const auto& [thread, place, silent] : hung) {
    spdlog::critical(
        "thread {} hangs: it came to '{}' at {}, and has not got on for {} s; ordersd ends, to be started again",
        thread, place, format_timestamp(wall_clock_now() - silent),
        std::chrono::duration_cast<std::chrono::seconds>(silent).count());
  }
  ::_exit(1);
}

}  // namespace

Watchdog::Watchdog() : thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void Watchdog::be_patient(bool patient) {
  patient_ = patient;
  if (patient) notify::extend_timeout(extension);  // at once: the unit's own timeout may be short
}

void Watchdog::watch(const std::stop_token& stop) const {
  name_thread("watchdog");
  const auto longest = limit();
  const auto told = std::chrono::duration_cast<Milliseconds>(systemd_interval());
  auto interval = std::min(look_interval, longest / 4);
  if (told.count() > 0) interval = std::min(interval, told / 2);
  heartbeat::Watch watch(longest, interval);
  do {
    const auto hung = watch.look(heartbeat::signs(), heartbeat::Watch::Clock::now());
    heartbeat::note_look(watch.longest_silence());
    if (!hung.empty()) end(hung);
    if (told.count() > 0) notify::alive();
    if (patient_) notify::extend_timeout(extension);
  } while (pause_for(interval, stop));
}

}  // namespace orders::daemon
