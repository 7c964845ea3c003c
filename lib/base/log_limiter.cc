#include "base/log_limiter.h"

#include <algorithm>
#include <utility>

namespace orders {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The severity, and the text with each number as one '#'.
void make_key(int severity, std::string_view text, std::string& key) {
  key.assign(1, static_cast<char>('a' + severity));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) {
      key += text[i];
    } else if (i == 0 || !is_digit(text[i - 1])) {
      key += '#';
    }
  }
}

}  // namespace

bool LogLimiter::admits(int severity, std::string_view text, Clock::time_point now) {
  auto& kind = kind_of(severity, text, now);
  kind.met = now;
  refill(kind, now);
  if (kind.allowed > 0) {
    --kind.allowed;
    return true;
  }
  auto& left_out = kind.left_out;
  if (left_out.count++ == 0) {
    left_out.severity = severity;
    kind.left_out_since = now;
    next_due_ = std::min(next_due_, now + policy_.interval);
  }
  left_out.text.assign(text);
  return false;
}

LogLimiter::Kind& LogLimiter::kind_of(int severity, std::string_view text, Clock::time_point now) {
  make_key(severity, text, key_);
  if (const auto known = kinds_.find(key_); known != kinds_.end()) return known->second;
  if (kinds_.size() >= policy_.kinds) forget_one(now);
  return kinds_.emplace(key_, Kind{.allowed = policy_.burst, .allowed_since = now, .met = now, .left_out = {}})
      .first->second;
}

void LogLimiter::forget_one(Clock::time_point now) {
  const auto silent = std::ranges::min_element(kinds_, {}, [](const auto& kind) { return kind.second.met; });
  take(silent->second, now);
  kinds_.erase(silent);
  if (!told_.empty()) next_due_ = now;
}

void LogLimiter::refill(Kind& kind, Clock::time_point now) const {
  const auto more = (now - kind.allowed_since) / policy_.again;
  if (more <= 0) return;
  kind.allowed_since += more * policy_.again;
  kind.allowed = static_cast<std::uint32_t>(std::min<std::int64_t>(kind.allowed + more, policy_.burst));
}

void LogLimiter::take(Kind& kind, Clock::time_point now) {
  if (kind.left_out.count == 0) return;
  kind.left_out.time = std::chrono::ceil<Milliseconds>(now - kind.left_out_since);
  told_.push_back(std::exchange(kind.left_out, {}));
}

std::vector<LogLimiter::LeftOut> LogLimiter::due(Clock::time_point now) {
  if (now < next_due_) return {};
  next_due_ = Clock::time_point::max();
  for (auto& [key, kind] : kinds_) {
    if (kind.left_out.count == 0) continue;
    const auto end = kind.left_out_since + policy_.interval;
    if (end <= now) {
      take(kind, now);
    } else {
      next_due_ = std::min(next_due_, end);
    }
  }
  return std::exchange(told_, {});
}

std::vector<LogLimiter::LeftOut> LogLimiter::rest(Clock::time_point now) {
  next_due_ = Clock::time_point::max();
  for (auto& [key, kind] : kinds_) take(kind, now);
  return std::exchange(told_, {});
}

}  // namespace orders
