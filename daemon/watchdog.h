// Ends the process when one of its threads hangs.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace orders::daemon {

/// Looks at the threads' heartbeats (base/heartbeat.h), every second for its lifetime. When a thread has been silent
/// for longer than a minute and what it said that it may wait, it is logged as critical, and the process ends with 1,
/// then and there: destructors would wait for the thread. What is on disk and in Kafka is right after that, as after
/// kill -9.
///
/// Where systemd's watchdog is on (WatchdogSec=), it is told each time that all threads get on; so it helps where not
/// even this thread does. As long as be_patient() holds, it is also told to give a start or a stop more time: one that
/// gets on may take as long as it takes.
class Watchdog {
 public:
  Watchdog();  ///< patient: the start is under way
  void be_patient(bool patient);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch(const std::stop_token& stop) const;

  std::atomic<bool> patient_ = true;
  std::jthread thread_;
};

}  // namespace orders::daemon
