// The table: the newest record of every order, in RocksDB, with the position it has reached.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "order/key.h"
#include "rocks/store.h"
#include "table/filter.h"
#include "table/row.h"

namespace orders::table {

struct TableOptions {
  std::filesystem::path path;
  std::uint64_t memory = 128ull << 20;
  std::uint64_t cache = 10ull << 20;
  bool read_only = false;
  std::shared_ptr<rocks::Memory> shared_memory = {};  ///< instead of `memory` and `cache`
};

/// How far the table has come in a partition.
struct TablePosition {
  std::int32_t partition = 0;
  std::int64_t next_offset = 0;
  Timestamp end_seen;  ///< when the end of the partition was last seen (I2); epoch: never
};

/// What is written at once: rows, deletions and positions. Of several changes of one id only the last one is written,
/// and the ids are written in their order: RocksDB then finds the place of each next to the one before, or takes a large
/// batch as a file.
class TableBatch {
 public:
  void put(order::OrderId id, std::int32_t partition, std::int64_t offset, Timestamp timestamp, std::string_view value);
  void remove(order::OrderId id);
  void set_position(const TablePosition& position);
  void clear();    ///< keeps its memory for what comes next
  void release();  ///< gives back the memory of an empty batch
  [[nodiscard]] bool empty() const { return changes_.empty() && positions_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return rows_.size() + changes_.size() * sizeof(Change); }

 private:
  friend class Table;
  struct Change {
    order::OrderId id;
    std::size_t begin, size;  ///< of the row in rows_; size 0: deleted
    std::size_t sequence;
  };
  /// Gives all of it to `out` (a rocks::Batch, or rocks::SortedRows) in the order of the keys; what was added stays.
  template <class Out>
  void encode(Out& out);

  std::vector<Change> changes_;
  std::string rows_;
  std::map<std::int32_t, TablePosition> positions_;
  rocks::Batch batch_;  ///< scratch, as are the two below
  std::string key_, value_;
};

/// A walk over the rows in the order of their ids, on a snapshot of the moment it was made. One thread; must not
/// outlive its table.
class RowCursor {
 public:
  explicit RowCursor(rocks::Cursor cursor) : cursor_(std::move(cursor)) { decode(); }
  [[nodiscard]] bool valid() const { return row_.has_value(); }
  void next();
  [[nodiscard]] const TableRow& row() const { return *row_; }  ///< until next()
  /// What ended the walk before the last row: as of rocks::Cursor, or a row that can't be decoded (`gap`).
  [[nodiscard]] Result<> status() const;

 private:
  void decode();
  rocks::Cursor cursor_;
  std::optional<TableRow> row_;
};

/// What a table takes, and how far it has come.
struct TableStats {
  rocks::StoreStats store;
  std::vector<TablePosition> positions;
};

/// Any thread may read; TableView's thread writes. On-disk format: see format.h. Error classes: those of rocks::Store;
/// a row that can't be decoded is a `gap` too.
class Table {
 public:
  /// `gap` when the folder holds something that is not a table of ours, or a corrupt one.
  [[nodiscard]] static Result<Table> open(const TableOptions& options);

  // --- queries
  [[nodiscard]] Result<std::optional<TableRow>> get(order::OrderId id) const;
  /// What get() would say, where memory alone tells it: reads no file and waits for nobody. Nothing: ask get().
  [[nodiscard]] std::optional<std::optional<TableRow>> peek(order::OrderId id) const;
  struct Page {
    std::vector<TableRow> rows;
    std::optional<order::OrderId> next;  ///< `after` of the next page; none: this was the last
  };
  /// Rows that the filter wants, in the order of their ids, those above `after`; a deep page costs what the first one
  /// does. A page looks at most_seen rows at the most: it may have no row, and a next one all the same.
  [[nodiscard]] Result<Page> list(std::optional<order::OrderId> after, std::size_t limit,
                                  const Filter& filter = {}) const;
  static constexpr std::size_t most_seen = 50'000;  ///< with a filter: about a tenth of a second
  /// Exact, by walking over all rows: about a million a second, with a filter half of that. See table.cc for why it is
  /// not kept.
  [[nodiscard]] Result<std::uint64_t> count(const Filter& filter = {}) const;
  /// Those above `after`, without an end; for who reads them all.
  [[nodiscard]] RowCursor rows(std::optional<order::OrderId> after = {}) const;
  [[nodiscard]] Result<TableStats> stats() const;

  // --- the view's side
  using Position = TablePosition;
  /// Identity of what the table is a fold of; a mismatch is a `gap` (topic made anew, other cluster).
  struct Identity {
    std::string cluster_id;
    std::string topic;
  };
  [[nodiscard]] Result<std::optional<Identity>> identity() const;
  [[nodiscard]] Result<> set_identity(const Identity& identity);
  [[nodiscard]] Result<std::vector<Position>> positions() const;
  /// All of it or nothing; clears the batch when it was written.
  [[nodiscard]] Result<> write(TableBatch& batch);
  /// True once a query has met damage: the view rebuilds the table. `damage` is what it met.
  [[nodiscard]] bool damaged() const { return damage_->met.load(std::memory_order_relaxed); }
  [[nodiscard]] std::string damage() const;
  [[nodiscard]] rocks::Store& store() { return store_; }
  [[nodiscard]] const rocks::Store& store() const { return store_; }

 private:
  explicit Table(rocks::Store store) : store_(std::move(store)) {}
  [[nodiscard]] tl::unexpected<Error> note(Error error) const;

  struct Damage {
    std::atomic<bool> met{false};
    std::mutex mutex;
    std::string what;
  };
  rocks::Store store_;
  std::unique_ptr<Damage> damage_ = std::make_unique<Damage>();
};

}  // namespace orders::table
