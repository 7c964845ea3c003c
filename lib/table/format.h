// Inside this module only: the table on disk. A RocksDB store without a write-ahead log, big-endian integers, these
// keys:
//
//   'm' "format"                "1"
//   'm' "identity"              cluster id, '\0', topic
//   'p' partition int32         next offset int64, time the end was last seen int64 (ms, 0: never)
//   'r' sortable_key(id)        partition int32, offset int64, timestamp int64 (ms), the record's value as it came
//
// A batch holds rows and the positions after them, so whatever is lost in a crash, the two agree.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "table/table.h"

namespace orders::table {

constexpr std::string_view format_key = "mformat";
constexpr std::string_view format_version = "1";
constexpr std::string_view identity_key = "midentity";
constexpr char position_prefix = 'p';
constexpr char row_prefix = 'r';
constexpr std::size_t row_header = 4 + 8 + 8;

void set_position_key(std::string& key, std::int32_t partition);
void set_row_key(std::string& key, order::OrderId id);
void append_row(std::string& bytes, std::int32_t partition, std::int64_t offset, Timestamp timestamp,
                std::string_view value);
void append_position(std::string& bytes, const TablePosition& position);
[[nodiscard]] std::string encode(const Table::Identity& identity);

// Nothing for what is not of the format.
[[nodiscard]] std::optional<TableRow> decode_row(std::string_view key, std::string_view bytes);
[[nodiscard]] std::optional<TablePosition> decode_position(std::string_view key, std::string_view bytes);
[[nodiscard]] std::optional<Table::Identity> decode_identity(std::string_view bytes);

}  // namespace orders::table
