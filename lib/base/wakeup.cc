#include "base/wakeup.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace orders {

Wakeup::Wakeup() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Wakeup::~Wakeup() { close(fd_); }

void Wakeup::notify() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = write(fd_, &one, sizeof one);  // EAGAIN: already as notified as can be
}

bool Wakeup::wait(Milliseconds timeout) {
  pollfd descriptor{fd_, POLLIN, 0};
  const auto bounded = std::clamp<std::int64_t>(timeout.count(), 0, 60'000);
  if (poll(&descriptor, 1, static_cast<int>(bounded)) <= 0) return false;
  std::uint64_t count = 0;
  return read(fd_, &count, sizeof count) == sizeof count;
}

}  // namespace orders
