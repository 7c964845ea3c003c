#include <fmt/format.h>

#include <functional>

#include "base/bytes.h"
#include "order/key.h"
#include "state/against_topic.h"

namespace orders::state {
namespace {

using table::RowCursor;
using table::Table;
using table::TableRow;

constexpr std::uint64_t scratch_memory = 32ull << 20;
constexpr std::size_t batch_bytes = 4u << 20;

Result<Table> scratch_table(const std::filesystem::path& path) {
  return Table::open({.path = path, .memory = scratch_memory, .cache = scratch_memory / 4});
}

std::string digest(std::string_view value) {
  std::string bytes;
  append_be64(bytes, std::hash<std::string_view>{}(value));
  return bytes;
}

std::string place(const TableRow& row) { return fmt::format("partition {}, offset {}", row.partition, row.offset); }

/// Walks through table and fold side by side.
class Walk {
 public:
  Walk(const Table& beyond, const std::map<std::int32_t, std::int64_t>& begins) : beyond_(beyond), begins_(begins) {}

  Result<Comparison> run(RowCursor rows, RowCursor fold) {
    while (rows.valid() || fold.valid()) {
      const bool row_first = rows.valid() && (!fold.valid() || rows.row().id < fold.row().id);
      const bool fold_first = fold.valid() && (!rows.valid() || fold.row().id < rows.row().id);
      auto seen = row_first ? only_row(rows.row()) : fold_first ? only_fold(fold.row()) : both(rows.row(), fold.row());
      if (!seen) return fail(std::move(seen.error()));
      if (!fold_first) rows.next();
      if (!row_first) fold.next();
    }
    if (auto read = rows.status(); !read) return fail(read.error());
    if (auto read = fold.status(); !read) return fail(read.error());
    return std::move(comparison_);
  }

 private:
  Result<> only_row(const TableRow& row) {
    const auto begin = begins_.find(row.partition);
    if (begin != begins_.end() && row.offset < begin->second) return unchecked();
    auto newer = has_newer(row);
    if (!newer) return fail(newer.error());
    if (*newer) return unchecked();
    ++comparison_.extra;
    return differs(row.id, fmt::format("is in the table, of {}; the topic does not have it", place(row)));
  }
  Result<> only_fold(const TableRow& record) {
    ++comparison_.missing;
    return differs(record.id, fmt::format("is not in the table; the topic has it at {}", place(record)));
  }
  Result<> both(const TableRow& row, const TableRow& record) {
    const bool same_place = row.partition == record.partition && row.offset == record.offset;
    if (same_place && row.timestamp == record.timestamp && digest(row.value) == record.value) {
      ++comparison_.equal;
      return {};
    }
    if (!same_place && row.offset > record.offset) {
      auto newer = has_newer(row);
      if (!newer) return fail(newer.error());
      if (*newer) return unchecked();
    }
    ++comparison_.different;
    return differs(row.id, same_place ? fmt::format("has another value or timestamp than the record at {}", place(row))
                                      : fmt::format("is in the table of {}; the topic's newest is at {}", place(row),
                                                    place(record)));
  }

  /// A record that the table has not read yet, for which compaction may have taken the row's own.
  Result<bool> has_newer(const TableRow& row) const {
    auto found = beyond_.get(row.id);
    if (!found) return fail(found.error());
    return found->has_value();
  }
  Result<> unchecked() {
    ++comparison_.unchecked;
    return {};
  }
  Result<> differs(order::OrderId id, std::string what) {
    comparison_.differences.add(fmt::format("order {}", id), std::move(what));
    return {};
  }

  const Table& beyond_;
  const std::map<std::int32_t, std::int64_t>& begins_;
  Comparison comparison_;
};

}  // namespace

Result<TopicFold> TopicFold::create(const std::filesystem::path& scratch,
                                    std::span<const table::TablePosition> positions, config::KeyFormat key_format) {
  auto below = scratch_table(scratch / "below");
  if (!below) return fail(below.error());
  auto beyond = scratch_table(scratch / "beyond");
  if (!beyond) return fail(beyond.error());
  TopicFold fold(*std::move(below), *std::move(beyond));
  for (const auto& position : positions) fold.positions_[position.partition] = position.next_offset;
  fold.key_format_ = key_format;
  return fold;
}

Result<> TopicFold::add(const Record& record) {
  ++records_;
  const auto id = record.key ? order::decode_key(*record.key, key_format_) : std::nullopt;
  if (!id) return {};
  const auto position = positions_.find(record.partition);
  if (position == positions_.end() || record.offset >= position->second) {
    beyond_batch_.put(*id, record.partition, record.offset, record.timestamp, {});
  } else if (record.value) {
    below_batch_.put(*id, record.partition, record.offset, record.timestamp, digest(*record.value));
  } else {
    below_batch_.remove(*id);
  }
  return below_batch_.bytes() + beyond_batch_.bytes() < batch_bytes ? Result<>{} : write();
}

Result<> TopicFold::write() {
  if (auto written = below_.write(below_batch_); !written) return written;
  return beyond_.write(beyond_batch_);
}

Result<Comparison> TopicFold::compare(const Table& table, const std::map<std::int32_t, std::int64_t>& begins) {
  if (auto written = write(); !written) return fail(written.error());
  auto comparison = Walk(beyond_, begins).run(table.rows(), below_.rows());
  if (comparison) comparison->records = records_;
  return comparison;
}

}  // namespace orders::state
