#include "intake/progress.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace orders::intake {

void Progress::trouble(std::string_view part, const Error& error) {
  const std::lock_guard lock(mutex_);
  retries_.add(error.error_class);
  const auto [entry, began] = troubles_.insert_or_assign(std::string(part), error.text());
  if (began) spdlog::warn("intake: {}: {}; trying again", part, error.text());
}

void Progress::clear(std::string_view part) {
  const std::lock_guard lock(mutex_);
  const auto entry = troubles_.find(part);
  if (entry == troubles_.end()) return;
  troubles_.erase(entry);
  spdlog::info("intake: {}: works again", part);
}

IntakeStatus Progress::status(std::uint64_t pending) const {
  IntakeStatus status;
  status.accepted = accepted;
  status.published = published;
  status.repeated = repeated;
  status.failed = failed;
  status.unchecked = unchecked;
  status.outbox = std::max<std::uint64_t>(outbox, pending);
  const std::lock_guard lock(mutex_);
  status.retries = retries_;
  for (const auto& [part, reason] : troubles_) {
    status.degraded = true;
    status.reason += (status.reason.empty() ? "" : "; ") + part + ": " + reason;
  }
  return status;
}

}  // namespace orders::intake
