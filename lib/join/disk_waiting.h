// Those of one side that wait, in the order in which they leave: an index on disk, and in memory what came since.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "join/buffer.h"
#include "rocks/store.h"

namespace orders::join {

struct Due {
  Timestamp timestamp;
  std::int64_t offset = 0;
  OrderId key = 0;
  friend auto operator<=>(const Due&, const Due&) = default;
};

/// Only what still waits when it is written gets into the index; most never do. On disk: 'w', side, timestamp, offset
/// -> order id. The first of the index stand in memory, too, so that nothing is read before something is due.
class DiskWaiting {
 public:
  /// `empty`: the store has nothing yet.
  DiskWaiting(Side side, bool empty) : side_(side), complete_(empty) {}

  void add(const Due& due);
  /// The first, none when nothing waits. `waits` tells whether one that was added still does.
  using Waits = FunctionRef<bool(const Due&)>;
  [[nodiscard]] Result<std::optional<Due>> first(const rocks::Store& store, Waits waits);
  /// The first is done with. `indexed`: it stands in the index.
  void pop_first(const Due& due, bool indexed);
  /// One of the index does not wait any more.
  void remove(const Due& due);
  [[nodiscard]] Result<> each(const rocks::Store& store, const Place& from, Waits waits,
                              FunctionRef<bool(const Due&)> visit) const;

  /// One that was added goes into the index.
  void index(const Due& due);
  /// After all of them, and the batch's rows: RocksDB takes keys that rise at a fraction of the cost of others.
  void finish(rocks::Batch& batch);
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  static constexpr std::size_t chunk = 1'024;  ///< of the index, at a time

  [[nodiscard]] std::string key_of(const Due& due) const;
  [[nodiscard]] Due from_key(std::string_view key, std::string_view value) const;
  [[nodiscard]] Result<> load(const rocks::Store& store);
  void trim();

  const Side side_;
  // Timestamps mostly rise: those that do stand in `run_`, sorted by itself; the others in the heap `strays_`.
  std::deque<Due> run_;
  std::vector<Due> strays_;
  std::set<Due> upcoming_;    ///< the first of the index, less `removed_`
  std::optional<Due> last_;   ///< everything of the index up to this one stands in `upcoming_`
  bool complete_;             ///< and everything behind it, too
  std::vector<Due> indexed_;  ///< to be written by finish()
  std::vector<Due> removed_;
};

}  // namespace orders::join
