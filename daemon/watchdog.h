// Ends the process when one of its threads hangs.
#pragma once

#include <stop_token>
#include <thread>

namespace orders::daemon {

/// Looks at the threads' heartbeats (base/heartbeat.h), every second for its lifetime. When a thread has been silent
/// for longer than a minute and what it said that it may wait, it is logged as critical, and the process ends with 1,
/// then and there: destructors would wait for the thread. What is on disk and in Kafka is right after that, as after
/// kill -9.
///
/// Where systemd's watchdog is on (WatchdogSec=), it is told each time that all threads get on; so it helps where not
/// even this thread does.
class Watchdog {
 public:
  Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::jthread thread_;
};

}  // namespace orders::daemon
