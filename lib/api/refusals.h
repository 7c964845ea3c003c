// Requests that were turned away, counted.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace orders::api {

/// Since the start. Any thread.
class Refusals {
 public:
  enum class Why : std::uint8_t {
    token,  ///< none, or a wrong one
    host,   ///< not addressed to us
    busy,   ///< too many waited already
    slow,   ///< took too long to send a request or to take the answer; the connection was broken off
  };
  /// How many there are now, this one included.
  std::uint64_t count(Why why) { return ++counts_[static_cast<std::size_t>(why)]; }
  [[nodiscard]] std::uint64_t of(Why why) const { return counts_[static_cast<std::size_t>(why)]; }

 private:
  std::array<std::atomic<std::uint64_t>, 4> counts_{};
};

}  // namespace orders::api
