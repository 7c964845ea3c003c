// Ctrl-C and SIGTERM: the first asks the command to stop cleanly, the second ends it at once.
#pragma once

#include "base/time.h"
#include "base/wakeup.h"

namespace orders::ctl {

/// Installs the handlers. From then on stop_requested() is what long work looks at between its steps.
void catch_stop_signals();
[[nodiscard]] bool stop_requested();
/// Notified by the signal too. One loop at most waits on it; what else has news for that loop notifies it.
[[nodiscard]] Wakeup& stop_wakeup();
/// Sleeps, but not past a stop. False when it is time to stop.
bool sleep_unless_stopped(Milliseconds duration);

}  // namespace orders::ctl
