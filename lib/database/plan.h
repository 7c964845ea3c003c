// What a batch does to the rows: decided here, for every backend alike, before anything is written.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "database/database.h"

namespace orders::database {

/// What stands in the database of an order that is there.
struct StoredResult {
  std::int32_t partition = -1;  ///< of the result applied last; -1: none yet
  std::int64_t offset = -1;
};
using StoredRows = std::unordered_map<OrderId, StoredResult>;

/// Indices into the batch's changes. An order may be inserted by one change and updated by another: inserts come first.
struct Plan {
  std::vector<std::size_t> inserts;  ///< at most one an id
  std::vector<std::size_t> updates;  ///< at most one an id: the newest result
  std::vector<std::size_t> missing;
  std::uint64_t superseded = 0;
};

/// Takes the changes named by `indices` one after the other, as if each were applied before the next, save that of an
/// order's results only the newest is written. `rows` holds those of the changes' orders that are there.
[[nodiscard]] Plan make_plan(std::span<const Change> changes, std::span<const std::size_t> indices,
                             const StoredRows& rows, config::MissingOrder missing_order);

/// Is the change newer than the result that the row holds? Another partition counts as newer.
[[nodiscard]] bool is_newer(const Change& change, const StoredResult& stored);

/// As a row's `created`: hostile timestamps must not make the database refuse the row.
[[nodiscard]] Timestamp storable(Timestamp timestamp);

}  // namespace orders::database
