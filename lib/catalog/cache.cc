#include "catalog/cache.h"

#include <iterator>

namespace orders::catalog {

bool Cache::has(std::string_view code, Clock::time_point now) const {
  const auto found = by_code_.find(code);
  return found != by_code_.end() && now < found->second->until;
}

void Cache::remember(const std::string& code, Clock::time_point now) {
  if (const auto found = by_code_.find(code); found != by_code_.end()) {
    found->second->until = now + ttl_;
    by_age_.splice(by_age_.end(), by_age_, found->second);
  } else {
    by_age_.push_back({code, now + ttl_});
    by_code_.emplace(by_age_.back().code, std::prev(by_age_.end()));
  }
  while (by_code_.size() > capacity_ || (!by_age_.empty() && by_age_.front().until <= now)) forget_oldest();
}

void Cache::forget_oldest() {
  by_code_.erase(by_age_.front().code);
  by_age_.pop_front();
}

}  // namespace orders::catalog
