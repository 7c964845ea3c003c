#include "ordersctl/standard_input.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <streambuf>

#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

class StandardInput final : public std::streambuf {
 protected:
  int_type underflow() override {
    if (stop_wakeup().fd() == STDIN_FILENO) return traits_type::eof();  // it was closed, and the number is taken
    while (!stop_requested()) {
      // Not read() alone: only while it waits does a signal interrupt it.
      std::array<pollfd, 2> news{{{STDIN_FILENO, POLLIN, 0}, {stop_wakeup().fd(), POLLIN, 0}}};
      if (::poll(news.data(), news.size(), -1) <= 0 || news[0].revents == 0) continue;
      const auto size = ::read(STDIN_FILENO, buffer_.data(), buffer_.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) break;
      setg(buffer_.data(), buffer_.data(), buffer_.data() + size);
      return traits_type::to_int_type(buffer_.front());
    }
    return traits_type::eof();
  }

 private:
  std::array<char, 64u << 10> buffer_{};
};

}  // namespace

std::istream& standard_input() {
  static StandardInput buffer;
  static std::istream stream(&buffer);
  return stream;
}

}  // namespace orders::ctl
