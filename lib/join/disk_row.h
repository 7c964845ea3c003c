// A row of the buffer on disk: all that is known of one order, as the bytes that RocksDB stores.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "join/buffer.h"

namespace orders::join {

/// A cell of a row: an entry, or a mark (what `duplicates: suppress` remembers). Cells stand one behind the other:
///
///   flags u8, status u8, epoch u16, timestamp i64                        a mark ends here, of an unknown status with
///                                                                        its id u64
///   offset i64                                                           an entry without a payload ends here
///   value's size u32, headers' size u32, splice 5 u32 and u8, then value and headers
///
/// in the machine's byte order, unaligned: a row is worked on as it is stored, nothing is taken apart or put together.
struct Cell {
  std::size_t begin = 0, end = 0;  ///< in the row
  Side side = Side::payment;
  bool mark = false;
  bool joined = false;
  bool indexed = false;  ///< it waits, and stands in the index on disk
  bool payload = false;
  order::Status status = order::Status::unknown;
  order::StatusId status_id{};  ///< of a mark
  std::uint16_t epoch = 0;  ///< see DiskBounds
  Timestamp timestamp;
  std::int64_t offset = 0;

  [[nodiscard]] bool waits() const { return !mark && !joined; }
};

/// The cell at `begin` of a row, which has one there: rows from the disk go through is_row() first.
[[nodiscard]] Cell read_cell(std::string_view row, std::size_t begin);
/// Whether these bytes are whole cells.
[[nodiscard]] bool is_row(std::string_view row);
/// A cell of an entry as the buffer shows it; the views point into `row`.
[[nodiscard]] Entry entry_of(std::string_view row, const Cell& cell, OrderId key);

void append_entry(std::string& row, Side side, const Entry& entry, std::uint16_t epoch);
void append_mark(std::string& row, Side side, order::StatusId status, Timestamp timestamp, std::uint16_t epoch);
/// It has had a partner: a payment loses its payload, nobody looks for it in the index any more.
void settle(std::string& row, const Cell& cell);
void set_indexed(std::string& row, const Cell& cell);
void renew_mark(std::string& row, const Cell& cell, Timestamp timestamp, std::uint16_t epoch);

}  // namespace orders::join
