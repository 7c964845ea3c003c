// A file descriptor that is closed with its owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace orders::api {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }  ///< below 0: there is none

 private:
  int fd_;
};

}  // namespace orders::api
