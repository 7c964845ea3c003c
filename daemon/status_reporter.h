// Tells systemd the daemon's state in words.
#pragma once

#include "base/guarded_thread.h"
#include "daemon.h"

namespace orders::daemon {

/// For its lifetime, STATUS= is what the daemon says of itself: told when it changes, once a second at the most. Where
/// systemd does not listen, there is nothing to do. The daemon must outlive it.
class StatusReporter {
 public:
  explicit StatusReporter(const Daemon& daemon);

 private:
  GuardedThread thread_;
};

}  // namespace orders::daemon
