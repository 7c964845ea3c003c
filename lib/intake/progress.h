// What intake tells of itself. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "intake/intake.h"

namespace orders::intake {

class Progress {
 public:
  std::atomic<std::uint64_t> accepted{0}, published{0}, repeated{0}, failed{0}, unchecked{0};
  std::atomic<std::uint64_t> outbox{0};  ///< rows in the outbox, all instances', as last asked

  /// A part of the work doesn't get on. Logged when it begins, and when it is over.
  void trouble(std::string_view part, const Error& error);
  void clear(std::string_view part);

  /// `pending`: orders of this process that are saved and not published.
  [[nodiscard]] IntakeStatus status(std::uint64_t pending) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> troubles_;
  ErrorCounts retries_;
};

}  // namespace orders::intake
