// What waits for a partner. Memory and disk share this interface and its test suite.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/time.h"
#include "join/settings.h"
#include "order/document.h"

namespace orders::join {

using order::OrderId;

/// A record in the buffer. Once it has had a partner a payment keeps neither value nor headers: they would only be
/// needed to dead-letter it.
struct Entry {
  OrderId key = 0;
  Timestamp timestamp;
  std::int64_t offset = 0;
  order::Status status = order::Status::unknown;
  bool joined = false;
  order::Splice splice;  ///< of `value`
  std::string value;
  std::string headers;  ///< opaque to the join
};

/// One thread. Entries leave by expire() only.
class Buffer {
 public:
  virtual ~Buffer() = default;
  virtual void insert(Side side, Entry entry) = 0;
  /// Visits the entries of `side` with this key and first <= timestamp <= last, by timestamp, then offset, and marks
  /// them as joined. `first_time` is true for those that had not been.
  using Visit = std::function<void(const Entry& entry, bool first_time)>;
  virtual void join(Side side, OrderId key, Timestamp first, Timestamp last, const Visit& visit) = 0;
  /// Removes the entries of `side` with timestamp < `bound`, by timestamp, then offset.
  virtual void expire(Side side, Timestamp bound, const std::function<void(const Entry&)>& gone) = 0;

  /// Entries that had no partner yet.
  [[nodiscard]] virtual std::uint64_t waiting(Side side) const = 0;
  [[nodiscard]] virtual std::optional<Timestamp> oldest_waiting(Side side) = 0;
  /// Visits those that wait, oldest first, until `visit` returns false.
  virtual void each_waiting(Side side, const std::function<bool(const Entry&)>& visit) = 0;
  [[nodiscard]] virtual std::uint64_t entries() const = 0;
  /// Memory in use, allocator's overhead estimated.
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
};

}  // namespace orders::join
