// On disk: a RocksDB store without a write-ahead log, these keys:
//
//   'o' order id                the row (disk_row.h); apart from the others, for the ids of new ones mostly rise
//   'w' side, timestamp, offset the order id of an entry that waits (disk_waiting.h)
//   'z' "state"                 counts, bounds, and the owner's position (disk_state.cc)
//
// ids, timestamps and offsets as big-endian integers with the sign flipped, so that their order is that of the numbers.
#include "join/disk_buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <tuple>

#include "base/log.h"
#include "join/disk_state.h"

namespace orders::join {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t row_cost = 48 + 32;  ///< beside its bytes: Row and what an allocation costs
constexpr std::array sides{Side::payment, Side::stock};

tl::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorClass::gap, fmt::format("the join's buffer holds {} that is not of its format", what));
}

/// A damaged store; any other error stays what it is.
Result<> set_aside(const DiskOptions& options, const Error& why) {
  if (why.error_class != ErrorClass::gap) return fail(why);
  auto aside = rocks::quarantine(options.path, why.text());
  if (!aside && aside.error().error_class != ErrorClass::not_found) return fail(aside.error());
  if (options.set_aside != nullptr) ++*options.set_aside;
  spdlog::error("the join's buffer in {} is damaged and is built anew from the inputs: {}{}", options.path.string(),
                why.text(), aside ? fmt::format("; the old one is in {}", aside->string()) : std::string());
  return {};
}

}  // namespace

// --- opening and closing

bool DiskBuffer::exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path / "CURRENT", ignored);
}

Result<> DiskBuffer::remove(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return fail(ErrorClass::wait, fmt::format("deleting {}: {}", path.string(), error.message()));
  return {};
}

DiskBuffer::DiskBuffer(const DiskOptions& options, rocks::Store store, std::shared_ptr<Filter> filter, bool empty)
    : options_(options),
      filter_(std::move(filter)),
      store_(std::move(store)),
      halves_{Half(Side::payment, empty), Half(Side::stock, empty)} {}

Result<std::unique_ptr<DiskBuffer>> DiskBuffer::open(const DiskOptions& options) {
  auto filter = std::make_shared<Filter>();
  rocks::StoreOptions store_options;
  store_options.path = options.path;
  store_options.shared = options.memory;
  if (!options.memory) store_options.memory = 16ull << 20;
  store_options.point_reads = true;
  store_options.apart = row_prefix;
  store_options.filter = filter;
  store_options.rewrite_after =
      std::clamp<Milliseconds>(options.retention, std::chrono::minutes{10}, std::chrono::days{30});
  for (int attempt = 0; attempt < 3; ++attempt) {
    const bool fresh = !exists(options.path);
    auto store = rocks::Store::open(store_options);
    Result<> read = store ? Result<>{} : fail(store.error());
    if (store) {
      std::unique_ptr<DiskBuffer> buffer(new DiskBuffer(options, *std::move(store), filter, fresh));
      read = buffer->read_state();
      if (read && (fresh || !buffer->position_.empty())) return buffer;
    }
    // Without a position it is what a take-over or a first flush has not finished.
    auto gone = read ? remove(options.path) : set_aside(options, read.error());
    if (!gone) return fail(gone.error());
  }
  return fail(ErrorClass::wait, fmt::format("{} can't be made anew", options.path.string()));
}

DiskBuffer::~DiskBuffer() {
  store_.reset();
  if (failed_) (void)set_aside(options_, *failed_);
}

void DiskBuffer::abandon() {
  store_->abandon();
  store_.reset();
}

Result<> DiskBuffer::read_state() {
  std::string stored;
  auto found = store_->get(state_key, stored);
  if (!found) return fail(found.error());
  if (!*found) return {};
  auto state = decode_state(stored);
  if (!state) return damaged("a state");
  for (const Side side : sides) {
    half(side).waiting = state->waiting[static_cast<std::size_t>(side)];
    half(side).bounds = state->bounds[static_cast<std::size_t>(side)];
  }
  filter_->set(state->bounds);
  highest_ = state->highest;
  position_ = std::move(state->position);
  return {};
}

// --- rows

DiskBuffer::Row& DiskBuffer::row(OrderId key) {
  auto at = index_.find(key);
  if (at == KeyIndex::none) {
    if (free_.empty()) {
      at = static_cast<std::uint32_t>(rows_.size());
      rows_.emplace_back();
    } else {
      at = free_.back();
      free_.pop_back();
    }
    index_.set(key, at);
    auto& fresh = rows_[at];
    fresh.key = key;
    // Ids are time-sorted where they come from us, so a new order's lies above all that are there: no need to look.
    if (key <= highest_) {
      set_row_key(scratch_, key);
      const auto found = store_->get(scratch_, fresh.bytes);
      fresh.stored = good(found) && *found;
    }
    if (fresh.stored && !is_row(fresh.bytes)) {
      (void)good<void>(damaged("a row"));
      fresh.bytes.clear();
    }
    row_bytes_ += fresh.bytes.size();
  }
  auto& row = rows_[at];
  if (!row.touched) {
    row.touched = true;
    touched_.push_back(at);
  }
  return row;
}

/// Before its bytes are changed.
void DiskBuffer::change(Row& row) {
  if (row.dirty) return;
  row.dirty = true;
  unwritten_ += row.bytes.size() + row_cost;
}

std::optional<Cell> DiskBuffer::find(const Row& row, Side side, std::int64_t offset) const {
  for (std::size_t at = 0; at < row.bytes.size();) {
    const auto cell = read_cell(row.bytes, at);
    if (!cell.mark && cell.side == side && cell.offset == offset) return cell;
    at = cell.end;
  }
  return std::nullopt;
}

// --- Buffer

void DiskBuffer::insert(Side side, const Entry& entry) {
  auto& here = half(side);
  here.bounds.admit(entry.timestamp);
  auto& row = this->row(entry.key);
  change(row);
  const auto before = row.bytes.size();
  append_entry(row.bytes, side, entry, here.bounds.epoch());
  row_bytes_ += row.bytes.size() - before;
  unwritten_ += row.bytes.size() - before;
  if (entry.joined) return;
  ++here.waiting;
  here.due.add({entry.timestamp, entry.offset, entry.key});
}

void DiskBuffer::join(Side side, OrderId key, Timestamp first, Timestamp last, Visit visit) {
  auto& here = half(side);
  auto& row = this->row(key);
  matches_.clear();
  bool any_first = false;
  for (std::size_t at = 0; at < row.bytes.size();) {
    const auto cell = read_cell(row.bytes, at);
    at = cell.end;
    if (cell.side != side || cell.mark || cell.timestamp < first || cell.timestamp > last) continue;
    if (!here.bounds.visible(cell.epoch, cell.timestamp)) continue;
    matches_.push_back(cell);
    any_first = any_first || !cell.joined;
  }
  if (matches_.size() > 1) {
    std::ranges::sort(matches_, [](const Cell& a, const Cell& b) {
      return std::tie(a.timestamp, a.offset) < std::tie(b.timestamp, b.offset);
    });
  }
  for (const auto& cell : matches_) visit(entry_of(row.bytes, cell, key), !cell.joined);
  if (!any_first) return;
  change(row);
  // From the back: a payment that is settled gets shorter.
  if (matches_.size() > 1) std::ranges::sort(matches_, std::greater{}, &Cell::begin);
  const auto before = row.bytes.size();
  for (const auto& cell : matches_) {
    if (cell.joined) continue;
    settle(row.bytes, cell);
    --here.waiting;
    if (cell.indexed) here.due.remove({cell.timestamp, cell.offset, key});
  }
  row_bytes_ -= before - row.bytes.size();
}

bool DiskBuffer::waits(Side side, const Due& due) {
  const auto at = index_.find(due.key);
  if (at == KeyIndex::none) return false;  // what was added since the last apply() is in memory
  const auto cell = find(rows_[at], side, due.offset);
  return cell && cell->waits();
}

void DiskBuffer::expire(Side side, Timestamp bound, FunctionRef<void(const Entry&)> unmatched) {
  auto& here = half(side);
  if (bound <= here.bounds.current()) return;
  while (here.waiting > 0 && !failed_) {
    const auto first = here.due.first(*store_, [&](const Due& due) { return waits(side, due); });
    if (!good(first) || !*first || (*first)->timestamp >= bound) break;
    let_go(side, **first, unmatched);
  }
  here.bounds.raise(bound);
}

void DiskBuffer::let_go(Side side, const Due& due, FunctionRef<void(const Entry&)> unmatched) {
  auto& here = half(side);
  auto& row = this->row(due.key);
  if (failed_) return;
  const auto cell = find(row, side, due.offset);
  if (!cell || !cell->waits()) {
    (void)good<void>(damaged("an index entry"));
    return;
  }
  unmatched(entry_of(row.bytes, *cell, due.key));
  change(row);
  row.bytes.erase(cell->begin, cell->end - cell->begin);
  row_bytes_ -= cell->end - cell->begin;
  --here.waiting;
  here.due.pop_first(due, cell->indexed);
}

bool DiskBuffer::repeats(Side side, OrderId key, order::StatusId status, Timestamp timestamp, Timestamp bound) {
  auto& bounds = half(side).bounds;
  bounds.raise_marks(bound);
  auto& row = this->row(key);
  for (std::size_t at = 0; at < row.bytes.size();) {
    const auto cell = read_cell(row.bytes, at);
    at = cell.end;
    if (!cell.mark || cell.side != side || cell.status_id != status) continue;
    const bool remembered = bounds.remembers(cell.epoch, cell.timestamp);
    // The latest one speaks for all: it is the last to fall behind the bound.
    if (!remembered || timestamp > cell.timestamp) {
      change(row);
      renew_mark(row.bytes, cell, timestamp, bounds.marks_epoch());
    }
    return remembered;
  }
  change(row);
  const auto before = row.bytes.size();
  append_mark(row.bytes, side, status, timestamp, bounds.marks_epoch());
  row_bytes_ += row.bytes.size() - before;
  return false;
}

std::optional<Timestamp> DiskBuffer::oldest_waiting(Side side) {
  if (half(side).waiting == 0) return std::nullopt;
  const auto first = half(side).due.first(*store_, [&](const Due& due) { return waits(side, due); });
  if (!good(first) || !*first) return std::nullopt;
  return (*first)->timestamp;
}

void DiskBuffer::each_waiting(Side side, const Place& from, FunctionRef<bool(const Entry&)> visit) {
  const auto show = [&](const Due& due) {
    const auto& row = this->row(due.key);
    const auto cell = find(row, side, due.offset);
    return !cell || visit(entry_of(row.bytes, *cell, due.key));
  };
  (void)good(half(side).due.each(
      *store_, from, [&](const Due& due) { return waits(side, due); }, show));
}

std::uint64_t DiskBuffer::bytes() const {
  const auto rows = rows_.size() - free_.size();
  return row_bytes_ + rows * (row_cost + KeyIndex::bytes_per_key) + cached_.size() * sizeof(OrderId) +
         halves_[0].due.bytes() + halves_[1].due.bytes();
}

}  // namespace orders::join
