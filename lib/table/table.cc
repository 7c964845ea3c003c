// The number of rows is not kept. To keep it, each put would have to know whether its row is there already: a read for
// every record, and a block of the disk for every second one (the result of an order finds its NEW). It is counted when
// it is asked for, over a snapshot, so it is exact at any time, after kill -9 too.
#include "table/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "base/bytes.h"
#include "table/format.h"

namespace orders::table {
namespace {

constexpr std::size_t least_file = 4u << 20;  ///< bytes of a batch that becomes a file by itself
constexpr std::size_t max_page = 10'000;

Error damaged_row() {
  return {ErrorClass::gap, "the table holds a row or a position that is not of its format", {}};
}

}  // namespace

// --- TableBatch

void TableBatch::put(order::OrderId id, std::int32_t partition, std::int64_t offset, Timestamp timestamp,
                     std::string_view value) {
  changes_.push_back({id, rows_.size(), row_header + value.size(), changes_.size()});
  append_row(rows_, partition, offset, timestamp, value);
}

void TableBatch::remove(order::OrderId id) { changes_.push_back({id, rows_.size(), 0, changes_.size()}); }

void TableBatch::set_position(const TablePosition& position) { positions_[position.partition] = position; }

void TableBatch::clear() {
  changes_.clear();
  rows_.clear();
  positions_.clear();
}

void TableBatch::release() {
  if (empty()) *this = {};
}

template <class Out>
void TableBatch::encode(Out& out) {
  for (const auto& [partition, position] : positions_) {
    set_position_key(key_, partition);
    value_.clear();
    append_position(value_, position);
    out.put(key_, value_);
  }
  static_assert(position_prefix < row_prefix);
  std::ranges::sort(changes_, {}, [](const Change& change) { return std::tuple(change.id, change.sequence); });
  for (auto change = changes_.begin(); change != changes_.end(); ++change) {
    if (std::next(change) != changes_.end() && std::next(change)->id == change->id) continue;
    set_row_key(key_, change->id);
    if (change->size == 0) {
      out.remove(key_);
    } else {
      out.put(key_, std::string_view(rows_).substr(change->begin, change->size));
    }
  }
}

// --- RowCursor

void RowCursor::next() {
  cursor_.next();
  decode();
}

void RowCursor::decode() { row_ = cursor_.valid() ? decode_row(cursor_.key(), cursor_.value()) : std::nullopt; }

Result<> RowCursor::status() const {
  if (auto read = cursor_.status(); !read) return read;
  if (!row_ && cursor_.valid()) return fail(damaged_row());
  return {};
}

// --- Table

Result<Table> Table::open(const TableOptions& options) {
  auto store = rocks::Store::open({.path = options.path,
                                   .memory = options.memory,
                                   .cache = options.cache,
                                   .write_ahead_log = false,
                                   .read_only = options.read_only,
                                   .shared = options.shared_memory});
  if (!store) return fail(store.error());
  Table table(std::move(*store));
  auto format = table.store_.get(format_key);
  if (!format) return fail(format.error());
  if (*format == format_version) return table;
  if (*format) {
    return fail(ErrorClass::gap, fmt::format("{} has format {}; this program writes {}", options.path.string(),
                                             printable(**format, 20), format_version));
  }
  auto anything = table.store_.scan({});
  if (auto readable = anything.status(); !readable) return fail(readable.error());
  if (anything.valid()) return fail(ErrorClass::gap, fmt::format("{} holds no table", options.path.string()));
  if (options.read_only) return table;
  rocks::Batch batch;
  batch.put(format_key, format_version);
  if (auto written = table.store_.write(batch); !written) return fail(written.error());
  return table;
}

tl::unexpected<Error> Table::note(Error error) const {
  if (error.error_class == ErrorClass::gap) {
    const std::lock_guard lock(damage_->mutex);
    if (damage_->what.empty()) damage_->what = error.text();
    damage_->met.store(true, std::memory_order_relaxed);
  }
  return fail(std::move(error));
}

std::string Table::damage() const {
  const std::lock_guard lock(damage_->mutex);
  return damage_->what;
}

Result<std::optional<TableRow>> Table::get(order::OrderId id) const {
  std::string key;
  set_row_key(key, id);
  auto bytes = store_.get(key);
  if (!bytes) return note(bytes.error());
  if (!*bytes) return std::optional<TableRow>();
  auto row = decode_row(key, **bytes);
  if (!row) return note(damaged_row());
  return row;
}

std::optional<std::optional<TableRow>> Table::peek(order::OrderId id) const {
  std::string key;
  set_row_key(key, id);
  const auto bytes = store_.peek(key);
  if (!bytes) return std::nullopt;
  if (!*bytes) return std::optional<TableRow>();
  auto row = decode_row(key, **bytes);
  if (!row) return std::nullopt;
  return row;
}

RowCursor Table::rows(std::optional<order::OrderId> after) const {
  std::string from;
  if (after) {
    set_row_key(from, *after);
    from += '\0';  // the first key above it
  }
  return RowCursor(store_.scan({&row_prefix, 1}, from));
}

Result<Table::Page> Table::list(std::optional<order::OrderId> after, std::size_t limit, const Filter& filter) const {
  limit = std::clamp<std::size_t>(limit, 1, max_page);
  Page page;
  auto cursor = rows(after);
  for (std::size_t seen = 0; cursor.valid() && page.rows.size() < limit && seen < most_seen; cursor.next(), ++seen) {
    page.next = cursor.row().id;
    if (filter.wants(cursor.row())) page.rows.push_back(cursor.row());
  }
  if (auto read = cursor.status(); !read) return note(read.error());
  if (!cursor.valid()) page.next.reset();
  return page;
}

Result<std::uint64_t> Table::count(const Filter& filter) const {
  std::uint64_t rows = 0;
  if (!filter.empty()) {
    auto filtered = this->rows();
    for (; filtered.valid(); filtered.next()) rows += filter.wants(filtered.row()) ? 1 : 0;
    if (auto read = filtered.status(); !read) return note(read.error());
    return rows;
  }
  auto cursor = store_.scan({&row_prefix, 1});
  for (; cursor.valid(); cursor.next()) ++rows;
  if (auto read = cursor.status(); !read) return note(read.error());
  return rows;
}

Result<TableStats> Table::stats() const {
  auto positions = this->positions();
  if (!positions) return fail(positions.error());
  return TableStats{store_.stats(), *std::move(positions)};
}

Result<std::optional<Table::Identity>> Table::identity() const {
  auto bytes = store_.get(identity_key);
  if (!bytes) return note(bytes.error());
  if (!*bytes) return std::optional<Identity>();
  auto identity = decode_identity(**bytes);
  if (!identity) return note(damaged_row());
  return identity;
}

Result<> Table::set_identity(const Identity& identity) {
  rocks::Batch batch;
  batch.put(identity_key, encode(identity));
  return store_.write(batch);
}

Result<std::vector<Table::Position>> Table::positions() const {
  std::vector<Position> positions;
  auto cursor = store_.scan({&position_prefix, 1});
  for (; cursor.valid(); cursor.next()) {
    const auto position = decode_position(cursor.key(), cursor.value());
    if (!position) return note(damaged_row());
    positions.push_back(*position);
  }
  if (auto read = cursor.status(); !read) return note(read.error());
  return positions;
}

Result<> Table::write(TableBatch& batch) {
  const auto put = [&] {
    batch.batch_.clear();
    batch.encode(batch.batch_);
    return store_.write(batch.batch_);
  };
  const bool is_large = batch.bytes() >= least_file && store_.may_load();
  auto written = is_large ? store_.load([&](rocks::SortedRows& rows) { batch.encode(rows); }) : put();
  if (written) batch.clear();
  return written;
}

}  // namespace orders::table
