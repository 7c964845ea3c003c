#include "ordersctl/patience.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/backoff.h"
#include "ordersctl/output.h"
#include "ordersctl/stop.h"

namespace orders::ctl {

using namespace std::chrono_literals;

bool worth_waiting(const api::Response& response) {
  return response.status == 429 || response.status == 503 || response.status == 504;
}

Result<api::Response> post_patiently(Daemon& daemon, std::string_view path, std::string_view body,
                                     std::string_view content_type, const Pairs& headers, const Patience& patience) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + patience.wait;
  Backoff backoff({100ms, 2, 2s});
  for (bool told = patience.quiet;;) {
    auto response = daemon.post(path, body, content_type, headers);
    const bool again = response ? patience.unfinished(*response) : response.error().error_class == ErrorClass::wait;
    const auto left = std::chrono::ceil<Milliseconds>(until - Clock::now());
    if (!again || left <= 0ms) return response;
    if (!told) {
      const auto why = response ? problem_error(response->status, response->body) : response.error();
      note(fmt::format("{}; trying again for up to {}", why.message, format_duration(patience.wait)));
      told = true;
    }
    if (!sleep_unless_stopped(std::min(left, backoff.next()))) return response;
  }
}

}  // namespace orders::ctl
