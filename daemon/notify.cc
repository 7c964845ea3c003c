#include "notify.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "base/bytes.h"

namespace orders::daemon::notify {
namespace {

constexpr std::size_t longest_status = 500;  // bytes

void tell(const std::string& message) { sd_notify(0, message.c_str()); }

}  // namespace

bool is_heard() { return std::getenv("NOTIFY_SOCKET") != nullptr; }

void ready() { tell("READY=1"); }

// The steady clock is CLOCK_MONOTONIC, which systemd wants.
void reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void stopping() { tell("STOPPING=1"); }

void alive() { tell("WATCHDOG=1"); }

void extend_timeout(Milliseconds longer) {
  tell(fmt::format("EXTEND_TIMEOUT_USEC={}", std::chrono::microseconds(longer).count()));
}

void status(std::string_view line) { tell("STATUS=" + printable(line, longest_status)); }

}  // namespace orders::daemon::notify
