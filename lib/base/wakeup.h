// A descriptor that threads wake one another by.
#pragma once

#include "base/time.h"

namespace orders {

/// An eventfd. notify() from any thread or signal handler; wait() from the one thread that owns the loop.
class Wakeup {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void notify() noexcept;
  /// Returns true when notified (then the notification is consumed), false after `timeout` (at most a day).
  bool wait(Milliseconds timeout);
  /// For libraries that write to a descriptor themselves; they must write 8 bytes, native-endian 1.
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace orders
