#include "ordersctl/stop.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

// A signal handler can reach nothing but what is global.
std::atomic<bool> stopping = false;
std::atomic<Wakeup*> wakeup = nullptr;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<Wakeup*>::is_always_lock_free);

void on_signal(int) {
  stopping = true;
  if (Wakeup* to_notify = wakeup) to_notify->notify();
}

}  // namespace

Wakeup& stop_wakeup() {
  static Wakeup instance;
  return instance;
}

void catch_stop_signals() {
  wakeup = &stop_wakeup();
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() { return stopping; }

bool sleep_unless_stopped(Milliseconds duration) {
  // In slices: the signal may be delivered to any thread, so it does not interrupt this one's sleep.
  const auto until = std::chrono::steady_clock::now() + duration;
  while (!stop_requested()) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= 0ms) return true;
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, 20ms));
  }
  return false;
}

}  // namespace orders::ctl
