#include "join/disk_row.h"

#include <bit>
#include <cstring>

namespace orders::join {
namespace {

static_assert(std::endian::native == std::endian::little, "rows are stored in this byte order");

constexpr std::uint8_t stock_flag = 1, mark_flag = 2, joined_flag = 4, indexed_flag = 8, payload_flag = 16;
constexpr std::uint8_t all_flags = 31;
constexpr std::size_t mark_size = 1 + 1 + 2 + 8;
constexpr std::size_t epoch_at = 2;
constexpr std::size_t timestamp_at = 4;
constexpr auto unknown = static_cast<std::uint8_t>(order::Status::unknown);
constexpr std::size_t bare_size = mark_size + 8;
constexpr std::size_t splice_at = bare_size + 4 + 4;
constexpr std::size_t full_size = splice_at + 5 * 4 + 1;

template <class T>
T load(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

template <class T>
void append(std::string& bytes, T value) {
  char raw[sizeof(value)];
  std::memcpy(raw, &value, sizeof(value));
  bytes.append(raw, sizeof(raw));
}

std::uint8_t flags_at(std::string_view row, std::size_t at) { return static_cast<std::uint8_t>(row[at]); }

/// What follows a mark's timestamp.
std::size_t id_size(std::string_view row, std::size_t at) {
  return flags_at(row, at + 1) == unknown ? sizeof(order::StatusId) : 0;
}

std::size_t payload_size(std::string_view row, std::size_t at) {
  return std::size_t{load<std::uint32_t>(row, at + bare_size)} + load<std::uint32_t>(row, at + bare_size + 4);
}

void append_splice(std::string& row, const order::Splice& splice) {
  for (const auto at : {splice.status_begin, splice.status_end, splice.source_begin, splice.source_end, splice.close})
    append(row, at);
  append(row, static_cast<std::uint8_t>(splice.has_members));
}

order::Splice load_splice(std::string_view row, std::size_t at) {
  const auto number = [&](std::size_t i) { return load<std::uint32_t>(row, at + i * 4); };
  return {.status_begin = number(0),
          .status_end = number(1),
          .source_begin = number(2),
          .source_end = number(3),
          .close = number(4),
          .has_members = row[at + 20] != 0};
}

}  // namespace

Cell read_cell(std::string_view row, std::size_t begin) {
  const auto flags = flags_at(row, begin);
  Cell cell{.begin = begin,
            .end = begin + mark_size,
            .side = (flags & stock_flag) != 0 ? Side::stock : Side::payment,
            .mark = (flags & mark_flag) != 0,
            .joined = (flags & joined_flag) != 0,
            .indexed = (flags & indexed_flag) != 0,
            .payload = (flags & payload_flag) != 0,
            .status = static_cast<order::Status>(flags_at(row, begin + 1)),
            .epoch = load<std::uint16_t>(row, begin + epoch_at),
            .timestamp = from_millis(load<std::int64_t>(row, begin + timestamp_at))};
  if (cell.mark) {
    cell.end += id_size(row, begin);
    cell.status_id = cell.end > begin + mark_size ? load<order::StatusId>(row, begin + mark_size)
                                                  : order::status_id(cell.status);
    return cell;
  }
  cell.offset = load<std::int64_t>(row, begin + mark_size);
  cell.end = begin + (cell.payload ? full_size + payload_size(row, begin) : bare_size);
  return cell;
}

bool is_row(std::string_view row) {
  std::size_t at = 0;
  while (at < row.size()) {
    const auto left = row.size() - at;
    const auto flags = flags_at(row, at);
    const bool mark = (flags & mark_flag) != 0, payload = (flags & payload_flag) != 0;
    if ((flags & ~all_flags) != 0 || (mark && flags != (mark_flag | (flags & stock_flag)))) return false;
    auto size = mark ? mark_size : payload ? full_size : bare_size;
    if (left < size || flags_at(row, at + 1) > unknown) return false;
    if (payload) size += payload_size(row, at);
    if (mark) size += id_size(row, at);
    if (left < size) return false;
    at += size;
  }
  return true;
}

Entry entry_of(std::string_view row, const Cell& cell, OrderId key) {
  Entry entry{.key = key,
              .timestamp = cell.timestamp,
              .offset = cell.offset,
              .status = cell.status,
              .joined = cell.joined,
              .splice = {},
              .value = {},
              .headers = {}};
  if (!cell.payload) return entry;
  entry.splice = load_splice(row, cell.begin + splice_at);
  const auto value_size = load<std::uint32_t>(row, cell.begin + bare_size);
  entry.value = row.substr(cell.begin + full_size, value_size);
  entry.headers = row.substr(cell.begin + full_size + value_size, cell.end - cell.begin - full_size - value_size);
  return entry;
}

void append_entry(std::string& row, Side side, const Entry& entry, std::uint16_t epoch) {
  const bool payload = !entry.joined || side == Side::stock;
  std::uint8_t flags = side == Side::stock ? stock_flag : std::uint8_t{0};
  if (entry.joined) flags |= joined_flag;
  if (payload) flags |= payload_flag;
  // Room for the other side's entry, which most often comes without a payload.
  row.reserve(row.size() + bare_size + (payload ? full_size + entry.value.size() + entry.headers.size() : bare_size));
  append(row, flags);
  append(row, static_cast<std::uint8_t>(entry.status));
  append(row, epoch);
  append(row, to_millis(entry.timestamp));
  append(row, entry.offset);
  if (!payload) return;
  append(row, static_cast<std::uint32_t>(entry.value.size()));
  append(row, static_cast<std::uint32_t>(entry.headers.size()));
  append_splice(row, entry.splice);
  row.append(entry.value).append(entry.headers);
}

void append_mark(std::string& row, Side side, order::StatusId status, Timestamp timestamp, std::uint16_t epoch) {
  const bool named = status < order::status_id(order::Status::unknown);
  append(row, static_cast<std::uint8_t>(mark_flag | (side == Side::stock ? stock_flag : 0)));
  append(row, named ? static_cast<std::uint8_t>(status) : unknown);
  append(row, epoch);
  append(row, to_millis(timestamp));
  if (!named) append(row, status);
}

void settle(std::string& row, const Cell& cell) {
  auto flags = static_cast<std::uint8_t>((flags_at(row, cell.begin) | joined_flag) & ~indexed_flag);
  if (cell.side == Side::payment && cell.payload) {
    flags = static_cast<std::uint8_t>(flags & ~payload_flag);
    row.erase(cell.begin + bare_size, cell.end - cell.begin - bare_size);
  }
  row[cell.begin] = static_cast<char>(flags);
}

void set_indexed(std::string& row, const Cell& cell) {
  row[cell.begin] = static_cast<char>(flags_at(row, cell.begin) | indexed_flag);
}

void renew_mark(std::string& row, const Cell& cell, Timestamp timestamp, std::uint16_t epoch) {
  const auto millis = to_millis(timestamp);
  std::memcpy(row.data() + cell.begin + epoch_at, &epoch, sizeof(epoch));
  std::memcpy(row.data() + cell.begin + timestamp_at, &millis, sizeof(millis));
}

}  // namespace orders::join
