#include "table/format.h"

#include "base/bytes.h"

namespace orders::table {

void set_position_key(std::string& key, std::int32_t partition) {
  key.assign(1, position_prefix);
  append_be32(key, static_cast<std::uint32_t>(partition));
}

void set_row_key(std::string& key, order::OrderId id) {
  key.assign(1, row_prefix);
  key += order::sortable_key(id);
}

void append_row(std::string& bytes, std::int32_t partition, std::int64_t offset, Timestamp timestamp,
                std::string_view value) {
  append_be32(bytes, static_cast<std::uint32_t>(partition));
  append_be64(bytes, static_cast<std::uint64_t>(offset));
  append_be64(bytes, static_cast<std::uint64_t>(to_millis(timestamp)));
  bytes += value;
}

void append_position(std::string& bytes, const TablePosition& position) {
  append_be64(bytes, static_cast<std::uint64_t>(position.next_offset));
  append_be64(bytes, static_cast<std::uint64_t>(to_millis(position.end_seen)));
}

std::string encode(const Table::Identity& identity) { return identity.cluster_id + '\0' + identity.topic; }

std::optional<TableRow> decode_row(std::string_view key, std::string_view bytes) {
  if (!key.starts_with(row_prefix) || bytes.size() < row_header) return std::nullopt;
  const auto id = order::from_sortable_key(key.substr(1));
  if (!id) return std::nullopt;
  TableRow row;
  row.id = *id;
  row.partition = static_cast<std::int32_t>(load_be32(bytes.data()));
  row.offset = static_cast<std::int64_t>(load_be64(bytes.data() + 4));
  row.timestamp = from_millis(static_cast<std::int64_t>(load_be64(bytes.data() + 12)));
  row.value = bytes.substr(row_header);
  return row;
}

std::optional<TablePosition> decode_position(std::string_view key, std::string_view bytes) {
  if (!key.starts_with(position_prefix) || key.size() != 1 + 4 || bytes.size() != 8 + 8) return std::nullopt;
  return TablePosition{static_cast<std::int32_t>(load_be32(key.data() + 1)),
                       static_cast<std::int64_t>(load_be64(bytes.data())),
                       from_millis(static_cast<std::int64_t>(load_be64(bytes.data() + 8)))};
}

std::optional<Table::Identity> decode_identity(std::string_view bytes) {
  const auto middle = bytes.find('\0');
  if (middle == std::string_view::npos) return std::nullopt;
  return Table::Identity{std::string(bytes.substr(0, middle)), std::string(bytes.substr(middle + 1))};
}

}  // namespace orders::table
