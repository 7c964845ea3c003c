#include "ordersctl/join_members.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

Error in_use(const std::string& group, const std::vector<std::string>& members, Milliseconds session_timeout) {
  return {ErrorClass::refused,
          fmt::format("the application runs: group {} has {}: {}", group, counted(members.size(), "member"),
                      fmt::join(members, ", ")),
          fmt::format("stop every ordersd of it; one that was killed stays for up to {} (kafka.session_timeout), which "
                      "--wait waits out",
                      format_duration(session_timeout))};
}

}  // namespace

Result<> await_no_members(const Context& context, Milliseconds wait, const reset::JoinReset& join,
                          Milliseconds session_timeout) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + wait;
  for (bool told = context.quiet();; told = true) {
    const auto members = join.members();
    if (!members) return fail(members.error());
    if (members->empty()) return {};
    auto error = in_use(join.group(), *members, session_timeout);
    const auto left = std::chrono::ceil<Milliseconds>(until - Clock::now());
    if (left <= 0ms) return fail(std::move(error));
    if (!told) note(fmt::format("{}; waiting for up to {}", error.message, format_duration(wait)));
    if (!sleep_unless_stopped(std::min<Milliseconds>(left, 500ms))) {
      return fail(ErrorClass::bug, "stopped while waiting for the group to become empty", "nothing was changed");
    }
  }
}

}  // namespace orders::ctl
