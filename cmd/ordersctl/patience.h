// A POST that outlives the daemon's restarts.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "ordersctl/daemon.h"

namespace orders::ctl {

/// True for an answer after which the same request may succeed later (429, 503, 504).
[[nodiscard]] bool worth_waiting(const api::Response& response);

struct Patience {
  Milliseconds wait{0};  ///< how long to go on trying; zero: one try
  bool quiet = false;    ///< else a line on standard error tells once that it waits
  std::function<bool(const api::Response&)> unfinished = worth_waiting;
};

/// Only for requests that carry an Idempotency-Key: one whose answer was lost is sent again. Returns the last answer,
/// unfinished or not; an error where the last try had none, or Ctrl-C came.
[[nodiscard]] Result<api::Response> post_patiently(Daemon& daemon, std::string_view path, std::string_view body,
                                                   std::string_view content_type, const Pairs& headers,
                                                   const Patience& patience);

}  // namespace orders::ctl
