// What waits for a partner. Memory and disk share this interface and its test suite.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/function_ref.h"
#include "base/time.h"
#include "join/settings.h"
#include "order/document.h"

namespace orders::join {

using order::OrderId;

/// A record in the buffer. The views live as long as the call that hands them over. Once it has had a partner a payment
/// has neither value nor headers: they would only be needed to dead-letter it.
struct Entry {
  OrderId key = 0;
  Timestamp timestamp;
  std::int64_t offset = 0;
  order::Status status = order::Status::unknown;
  bool joined = false;
  order::Splice splice;  ///< of `value`
  std::string_view value;
  std::string_view headers;  ///< opaque to the join
};

/// A place in the order in which entries leave. The least: no timestamp and no offset of an entry is negative.
struct Place {
  Timestamp timestamp;
  std::int64_t offset = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// One thread. Entries leave by expire() only.
class Buffer {
 public:
  virtual ~Buffer() = default;
  /// A hint: calls for this key will come soon.
  virtual void prefetch(OrderId) const {}
  /// The first of those with this key that still have a value, where memory alone can tell.
  /// Its views are valid until the buffer is changed.
  [[nodiscard]] virtual std::optional<Entry> peek(Side, OrderId) const { return std::nullopt; }
  virtual void insert(Side side, const Entry& entry) = 0;
  /// Visits the entries of `side` with this key and first <= timestamp <= last, by timestamp, then offset, and marks
  /// them as joined. `first_time` is true for those that had not been.
  using Visit = FunctionRef<void(const Entry& entry, bool first_time)>;
  virtual void join(Side side, OrderId key, Timestamp first, Timestamp last, Visit visit) = 0;
  /// Lets go of the entries of `side` with timestamp < `bound`; visits those that never had a partner, by timestamp,
  /// then offset. A bound below an earlier one (a longer window) brings nothing back.
  virtual void expire(Side side, Timestamp bound, FunctionRef<void(const Entry&)> unmatched) = 0;
  /// What `duplicates: suppress` remembers: notes an on-time record; true when it repeats key and status of one noted
  /// before with timestamp >= `bound` (the highest since forget() counts).
  virtual bool repeats(Side side, OrderId key, order::StatusId status, Timestamp timestamp, Timestamp bound) = 0;
  /// Nothing that repeats() has noted of this side counts any more.
  virtual void forget(Side side) = 0;

  /// Entries that had no partner yet.
  [[nodiscard]] virtual std::uint64_t waiting(Side side) const = 0;
  [[nodiscard]] virtual std::optional<Timestamp> oldest_waiting(Side side) = 0;
  /// Visits those that wait, oldest first, from `from` on, until `visit` returns false. Costs what it passes, wherever
  /// it begins.
  virtual void each_waiting(Side side, const Place& from, FunctionRef<bool(const Entry&)> visit) = 0;
  /// Memory in use, allocator's overhead estimated.
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
};

}  // namespace orders::join
