#include "base/restart_limiter.h"

namespace orders {

bool RestartLimiter::may_restart(Clock::time_point now) {
  while (!failures_.empty() && now - failures_.front() >= rule_.within) failures_.pop_front();
  failures_.push_back(now);
  return failures_.size() <= rule_.limit;
}

}  // namespace orders
