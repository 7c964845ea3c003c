// The table: the newest record of every order, in RocksDB, with the position it has reached.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "order/key.h"
#include "rocks/store.h"

namespace orders::view {

struct TableRow {
  order::OrderId id = 0;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Timestamp timestamp;
  std::string value;  ///< the record's value, byte for byte
};

struct TableOptions {
  std::filesystem::path path;
  std::uint64_t memory = 128ull << 20;
  std::uint64_t cache = 10ull << 20;
  bool read_only = false;
};

/// What is written at once: rows, deletions and positions.
class TableBatch;

/// Any thread may read; TableView's thread writes. On-disk format: see table.cc.
class Table {
 public:
  /// `gap` when the folder holds something that is not a table of ours, or a corrupt one.
  [[nodiscard]] static Result<Table> open(const TableOptions& options);

  // --- queries
  [[nodiscard]] Result<std::optional<TableRow>> get(order::OrderId id) const;
  struct Page {
    std::vector<TableRow> rows;
    std::optional<order::OrderId> next;  ///< `after` of the next page; none: this was the last
  };
  /// Rows in the order of their ids, those above `after`.
  [[nodiscard]] Result<Page> list(std::optional<order::OrderId> after, std::size_t limit) const;
  [[nodiscard]] Result<std::uint64_t> count() const;

  // --- the view's side
  struct Position {
    std::int32_t partition = 0;
    std::int64_t next_offset = 0;
    Timestamp end_seen;  ///< when the end of the partition was last seen (I2); epoch: never
  };
  /// Identity of what the table is a fold of; a mismatch is a `gap` (topic made anew, other cluster).
  struct Identity { std::string cluster_id; std::string topic; };
  [[nodiscard]] Result<std::optional<Identity>> identity() const;
  [[nodiscard]] Result<std::vector<Position>> positions() const;
  [[nodiscard]] rocks::Store& store() { return store_; }
  [[nodiscard]] const rocks::Store& store() const { return store_; }

 private:
  explicit Table(rocks::Store store) : store_(std::move(store)) {}
  rocks::Store store_;
};

}  // namespace orders::view
