// The disk buffer's part that writes: what has changed, with the position that it belongs to, in one batch.
#include <fmt/format.h>

#include <algorithm>

#include "base/failpoint.h"
#include "base/log.h"
#include "join/disk_buffer.h"
#include "join/disk_state.h"

namespace orders::join {
namespace {

constexpr std::size_t keep_rows = 16'384;              ///< free ones, with their memory
constexpr std::uint64_t take_over_batch = 4ull << 20;  ///< as much twice in memory as that

}  // namespace

Result<> DiskBuffer::apply(std::string_view position) {
  if (failed_) return fail(*failed_);
  ORDERS_FAILPOINT("buffer.write.before");
  auto written = write_batch(position);
  ORDERS_FAILPOINT_RESULT("buffer.write.after", written);
  if (!good(written)) return fail(*failed_);
  position_ = position;
  return {};
}

/// Without a position: a part of a take-over, of no use until the last part is there.
Result<> DiskBuffer::write_batch(std::string_view position) {
  batch_.clear();
  std::ranges::sort(touched_, {}, [this](std::uint32_t at) { return rows_[at].key; });
  for (const auto at : touched_) write_row(rows_[at]);
  for (auto& half : halves_) half.due.finish(batch_);
  if (!position.empty()) {
    batch_.put(state_key, encode({{half(Side::payment).waiting, half(Side::stock).waiting},
                                  {half(Side::payment).bounds, half(Side::stock).bounds},
                                  highest_,
                                  std::string(position)}));
  }
  if (auto written = store_->write(batch_); !written) return written;
  settle_rows();
  shrink_cache();
  return {};
}

void DiskBuffer::write_row(Row& row) {
  if (!row.dirty) return;
  prune(row);
  for (std::size_t at = 0; at < row.bytes.size();) {
    const auto cell = read_cell(row.bytes, at);
    at = cell.end;
    if (!cell.waits() || cell.indexed) continue;
    half(cell.side).due.index({cell.timestamp, cell.offset, row.key});
    set_indexed(row.bytes, cell);
  }
  if (row.bytes.empty() && !row.stored) return;
  set_row_key(scratch_, row.key);
  if (row.bytes.empty()) {
    batch_.remove(scratch_);
  } else {
    batch_.put(scratch_, row.bytes);
    highest_ = std::max(highest_, row.key);
  }
}

/// Takes out what the join does not see any more.
void DiskBuffer::prune(Row& row) {
  for (std::size_t at = 0; at < row.bytes.size();) {
    const auto cell = read_cell(row.bytes, at);
    const auto& bounds = half(cell.side).bounds;
    if (cell.mark ? bounds.remembers(cell.epoch, cell.timestamp) : bounds.visible(cell.epoch, cell.timestamp)) {
      at = cell.end;
      continue;
    }
    row_bytes_ -= cell.end - cell.begin;
    row.bytes.erase(cell.begin, cell.end - cell.begin);
  }
}

/// Rows that wait stay in memory for the case that their partner comes soon; the others are hardly needed again.
void DiskBuffer::settle_rows() {
  for (const auto at : touched_) {
    auto& row = rows_[at];
    row.touched = row.dirty = false;
    row.stored = !row.bytes.empty();
    bool waiting = false;
    for (std::size_t cell_at = 0; cell_at < row.bytes.size() && !waiting;) {
      const auto cell = read_cell(row.bytes, cell_at);
      waiting = cell.waits();
      cell_at = cell.end;
    }
    if (!waiting) {
      release(at);
    } else if (!row.cached) {
      row.cached = true;
      cached_.push_back(row.key);
    }
  }
  touched_.clear();
  unwritten_ = 0;
}

void DiskBuffer::release(std::uint32_t at) {
  auto& row = rows_[at];
  index_.erase(row.key);
  row_bytes_ -= row.bytes.size();
  row.bytes.clear();
  if (free_.size() >= keep_rows) row.bytes.shrink_to_fit();
  row.stored = row.dirty = row.touched = row.cached = false;
  free_.push_back(at);
  if (free_.size() < rows_.size() || rows_.size() <= keep_rows) return;
  decltype(rows_)().swap(rows_);  // after a burst: give the memory back
  decltype(free_)().swap(free_);
}

void DiskBuffer::shrink_cache() {
  while (!cached_.empty()) {
    const auto at = index_.find(cached_.front());
    const bool stale = at == KeyIndex::none || !rows_[at].cached;
    if (!stale && bytes() <= options_.cache) return;
    if (!stale) release(at);
    cached_.pop_front();
  }
}

Result<> DiskBuffer::flush_soon() {
  learn_durable_bounds();
  if (failed_) return fail(*failed_);
  (void)good(store_->flush_soon());
  return failed_ ? fail(*failed_) : Result<>{};
}

Result<> DiskBuffer::flush() {
  if (failed_) return fail(*failed_);
  if (!good(store_->flush())) return fail(*failed_);
  learn_durable_bounds();
  return failed_ ? fail(*failed_) : Result<>{};
}

void DiskBuffer::learn_durable_bounds() {
  const auto stored = store_->get_flushed(state_key);
  if (!good(stored) || !*stored) return;
  if (const auto state = decode_state(**stored)) filter_->set(state->bounds);
}

std::uint64_t DiskBuffer::rows_on_disk() const {
  std::uint64_t rows = 0;
  for (auto cursor = store_->scan({&row_prefix, 1}); cursor.valid(); cursor.next()) ++rows;
  return rows;
}

Result<> DiskBuffer::take_over(const MemoryBuffer& from) {
  Result<> written;
  const auto write_some = [&] {
    if (written && !failed_ && unwritten_ > take_over_batch) written = write_batch({});
  };
  for (const Side side : {Side::payment, Side::stock}) {
    from.each(side, [&](const Entry& entry) {
      insert(side, entry);
      write_some();
    });
    from.marks(side).each([&](OrderId key, order::StatusId status, Timestamp timestamp) {
      (void)repeats(side, key, status, timestamp, from.marks(side).bound());
      write_some();
    });
  }
  if (!good(written) || failed_) return fail(*failed_);
  return {};
}

}  // namespace orders::join
