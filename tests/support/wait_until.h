// The one place where tests wait for something that can only be asked for, not awaited.
#pragma once

#include <chrono>
#include <thread>

namespace orders::test {

/// Asks `condition` every `interval` until it holds; false when it does not within `timeout`. It is asked at least
/// once, and once more after the timeout.
template <class Condition>
[[nodiscard]] bool wait_until(std::chrono::milliseconds timeout, Condition condition,
                              std::chrono::milliseconds interval = std::chrono::milliseconds{20}) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(interval);
  }
  return true;
}

}  // namespace orders::test
