// What systemd is told of the process (sd_notify(3)); nothing at all where it does not listen. Any thread.
#pragma once

#include <string_view>

#include "base/time.h"

namespace orders::daemon::notify {

/// Whether there is anybody to be told.
[[nodiscard]] bool is_heard();
/// All parts have been started, or a reload is over, whether it succeeded or not.
void ready();
/// Before anything of a reload is done; ready() must follow.
void reloading();
void stopping();
/// All threads get on (WatchdogSec=).
void alive();
/// The start or the stop under way may take so much longer from now on, whatever the unit's timeouts say.
void extend_timeout(Milliseconds longer);
/// Shown by `systemctl status`. Made one printable line of at most 500 bytes.
void status(std::string_view line);

}  // namespace orders::daemon::notify
