// What each record of `orders` does to the table, without Kafka: I5's fates.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "table/table.h"
#include "view/view.h"

namespace orders::kafka {
class Record;
}

namespace orders::view {

/// A record as the folds see it; the views point into it.
struct InputRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Timestamp timestamp;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  ///< none: a tombstone
};

[[nodiscard]] InputRecord input_of(const kafka::Record& record);

/// The fates of records, as they are added to a ViewStatus.
struct Fates {
  std::uint64_t read = 0, applied = 0, superseded = 0, tombstone = 0, missing = 0, invalid = 0, failed = 0;
  std::uint64_t letters_dropped = 0;  ///< beside their records' fates
  void add_to(ViewStatus& status) const;
};

/// Folds records into batches for a Table. One thread.
class TableFold {
 public:
  TableFold(config::KeyFormat key_format, std::span<const TablePosition> positions);

  /// Null values delete, a key that is not of the format is `invalid`, everything else is put, unparsed. A record below
  /// the position was folded before: nothing happens, it is not counted.
  void add(const InputRecord& record);
  /// The end of the partition was met at `offset`, `now`.
  void at_end(std::int32_t partition, std::int64_t offset, Timestamp now);
  /// Puts the positions that moved into the batch, which is then complete.
  [[nodiscard]] TableBatch& finish();
  /// After the batch was written: what it did. Starts the next one.
  [[nodiscard]] Fates written();
  /// Gives back the memory of large batches, until there is one again.
  void release() { batch_.release(); }
  /// A record of the batch, and what the batch does with it.
  struct Followed {
    std::optional<order::OrderId> order;  ///< none: the key is not one
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string_view fate;
  };
  /// Whether followed() has the records that are added from now on.
  void follow(bool on) { following_ = on; }
  [[nodiscard]] const std::vector<Followed>& followed() const { return followed_; }
  /// Records in the batch; 0 with moved positions is possible.
  [[nodiscard]] std::size_t records() const { return fates_.read; }
  [[nodiscard]] std::size_t bytes() const { return batch_.bytes(); }
  [[nodiscard]] const std::map<std::int32_t, TablePosition>& positions() const { return positions_; }

 private:
  config::KeyFormat key_format_;
  std::map<std::int32_t, TablePosition> positions_;
  std::set<std::int32_t> moved_;
  TableBatch batch_;
  Fates fates_;
  bool following_ = false;
  std::vector<Followed> followed_;
};

}  // namespace orders::view
