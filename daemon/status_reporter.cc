#include "status_reporter.h"

#include <string>
#include <utility>

#include "api/status_line.h"
#include "notify.h"

namespace orders::daemon {
namespace {

constexpr Milliseconds look_interval{1'000};

Result<> report(const Daemon& daemon, const std::stop_token& stop) {
  api::StatusLine line;
  std::string told;
  do {
    auto now = line.of(daemon.snapshot(), wall_clock_now());
    if (now == told) continue;
    notify::status(now);
    told = std::move(now);
  } while (pause_for(look_interval, stop));
  return {};
}

}  // namespace

StatusReporter::StatusReporter(const Daemon& daemon) {
  if (!notify::is_heard()) return;
  thread_ = GuardedThread("status", [&daemon](const std::stop_token& stop) { return report(daemon, stop); }, {});
}

}  // namespace orders::daemon
