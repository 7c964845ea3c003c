#include "base/guarded_thread.h"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "base/backoff.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "base/thread.h"

namespace orders {
namespace {

std::atomic<std::uint64_t> restarts{0};

/// What the body throws is an error of class `bug`.
Result<> run(const GuardedThread::Body& body, const std::stop_token& stop) {
  try {
    return body(stop);
  } catch (const std::exception& e) {
    return fail(ErrorClass::bug, e.what());
  } catch (...) {
    return fail(ErrorClass::bug, "something was thrown that is no std::exception");
  }
}

/// Returns when the body has come to its end, or has failed for good.
Result<> guard(const std::string& name, const GuardedThread::Body& body, RestartRule rule,
               const std::stop_token& stop) {
  RestartLimiter limiter(rule);
  Backoff backoff(BackoffPolicy{});
  for (;;) {
    heartbeat::beat("its beginning");
    const auto begun = RestartLimiter::Clock::now();
    auto ended = run(body, stop);
    if (ended || ended.error().error_class != ErrorClass::bug) return ended;
    const auto now = RestartLimiter::Clock::now();
    if (!limiter.may_restart(now)) {
      auto& error = ended.error();
      error.message = fmt::format("thread {} failed {} times in {}: {}", name, rule.limit + 1,
                                  format_duration(rule.within), error.message);
      return ended;
    }
    spdlog::error("thread {} failed and is replaced: {}", name, ended.error().text());
    ++restarts;
    if (now - begun >= rule.within) backoff.reset();
    (void)pause_for(backoff.next(), stop);
  }
}

}  // namespace

GuardedThread::GuardedThread(std::string name, Body body, Failed failed, RestartRule rule) {
  std::promise<void> ended;
  ended_ = ended.get_future();
  thread_ = std::jthread([name = std::move(name), body = std::move(body), failed = std::move(failed), rule,
                          ended = std::move(ended)](const std::stop_token& stop) mutable {
    name_thread(name.c_str());
    {
      const heartbeat::Heartbeat heartbeat(name);
      const auto done = guard(name, body, rule, stop);
      if (!done && failed) failed(done.error());
      if (!done && !failed) spdlog::critical("{}; it is not replaced any more", done.error().text());
    }
    ended.set_value();
  });
}

void GuardedThread::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  // It has a heartbeat of its own.
  const heartbeat::Wait wait("waiting for the end of another thread", heartbeat::no_limit);
  thread_.join();
}

bool GuardedThread::ends_within(Milliseconds timeout) const {
  return ended_.wait_for(timeout) == std::future_status::ready;
}

std::uint64_t thread_restarts() { return restarts; }

bool pause_for(Milliseconds pause, const std::stop_token& stop) {
  const heartbeat::Wait wait("a pause", pause);
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, pause, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace orders
