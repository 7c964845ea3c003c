// A thread that is replaced when it fails in a way that nobody foresaw.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <stop_token>
#include <string>
#include <thread>

#include "base/restart_limiter.h"
#include "base/result.h"
#include "base/time.h"

namespace orders {

/// Runs a body, and watches over it. When the body throws, or returns an error of class `bug`, that is logged, and the
/// body is begun anew after a short pause: it has to make everything anew that the one before may have left in the
/// middle. When that happens too often (RestartRule), or with an error of another class at once, the thread ends and
/// calls `failed`. A body that returns without an error has come to its end.
///
/// The thread has a name and a Heartbeat, see base/heartbeat.h. Once asked to stop, a body that fails is begun anew
/// without a pause, so that it can finish; it should look at the stop token, or at its owner's word, first of all.
class GuardedThread {
 public:
  using Body = std::function<Result<>(const std::stop_token&)>;
  /// Called on the thread itself, as the last thing that it does; must not wait for its end. None: it is logged.
  using Failed = std::function<void(const Error&)>;

  GuardedThread() = default;  ///< no thread
  /// `name`: at most 15 bytes.
  GuardedThread(std::string name, Body body, Failed failed, RestartRule rule = {});
  GuardedThread(GuardedThread&&) = default;
  GuardedThread& operator=(GuardedThread&&) = default;
  ~GuardedThread() { stop(); }

  void request_stop() { thread_.request_stop(); }
  /// Asks it to stop and waits until it has. Idempotent.
  void stop();
  [[nodiscard]] bool joinable() const { return thread_.joinable(); }
  /// Whether it ends within `timeout`. Only while it is joinable.
  [[nodiscard]] bool ends_within(Milliseconds timeout) const;

 private:
  std::future<void> ended_;
  std::jthread thread_;
};

/// How many bodies, of all threads, were begun anew since the process started. Any thread.
[[nodiscard]] std::uint64_t thread_restarts();

/// Waits out `pause`; false when asked to stop.
[[nodiscard]] bool pause_for(Milliseconds pause, const std::stop_token& stop);

}  // namespace orders
