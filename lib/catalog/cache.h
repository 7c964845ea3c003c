// Codes that the catalog has, remembered for a time. What it does not have is not remembered: it may be added any time.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"

namespace orders::catalog {

/// Not thread-safe.
class Cache {
 public:
  using Clock = std::chrono::steady_clock;
  /// Beyond `capacity` the code that was remembered longest ago goes. Zero, of either, remembers nothing.
  Cache(std::size_t capacity, Milliseconds ttl) : capacity_(capacity), ttl_(ttl) {}

  /// Until `ttl` after it was remembered last.
  [[nodiscard]] bool has(std::string_view code, Clock::time_point now) const;
  void remember(const std::string& code, Clock::time_point now);
  [[nodiscard]] std::size_t size() const { return by_code_.size(); }

 private:
  struct Entry {
    std::string code;
    Clock::time_point until;
  };
  void forget_oldest();

  const std::size_t capacity_;
  const Milliseconds ttl_;
  std::list<Entry> by_age_;  ///< the oldest first, and so in the order in which they end
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_code_;  ///< of the entries' own strings
};

}  // namespace orders::catalog
