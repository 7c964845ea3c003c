#include "base/wakeup.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "base/heartbeat.h"

namespace orders {

Wakeup::Wakeup() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Wakeup::~Wakeup() { close(fd_); }

void Wakeup::notify() noexcept {
  const int interrupted_errno = errno;  // of the code that a signal handler interrupts
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = write(fd_, &one, sizeof one);  // EAGAIN: already as notified as can be
  errno = interrupted_errno;
}

bool Wakeup::wait(Milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  static constexpr std::int64_t longest = 86'400'000;  // fits poll's int and the clock's nanoseconds
  const auto patience = Milliseconds{std::clamp<std::int64_t>(timeout.count(), 0, longest)};
  const heartbeat::Wait waiting("waiting for something to do", patience);
  const auto end = Clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::ceil<Milliseconds>(end - Clock::now()).count();
    pollfd descriptor{fd_, POLLIN, 0};
    const int ready = poll(&descriptor, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready < 0 && errno == EINTR && left > 0) continue;
    if (ready <= 0) return false;
    std::uint64_t count = 0;
    return read(fd_, &count, sizeof count) == sizeof count;
  }
}

}  // namespace orders
