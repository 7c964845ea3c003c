#include "failure/restart_limiter.h"

namespace orders::failure {

bool RestartLimiter::may_restart(Clock::time_point now) {
  while (!failures_.empty() && now - failures_.front() >= within_) failures_.pop_front();
  failures_.push_back(now);
  return failures_.size() <= limit_;
}

}  // namespace orders::failure
