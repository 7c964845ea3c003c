// The table's answers as JSON, the same from the daemon and from a folder that is read without one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "table/table.h"

namespace orders::table {

/// {"key", "partition", "offset", "timestamp" (ms), more, "value"}: what the table holds is the last member, byte for
/// byte; "value_base64" where that is not JSON. `more`: further members, each with a comma before it.
[[nodiscard]] std::string row_json(const TableRow& row, std::string_view more = {});
/// {"rows": […], "next": ID or null, more}
[[nodiscard]] std::string page_json(const Table::Page& page, std::string_view more = {});
/// {"rows" (an estimate), "bytes", "memory_bytes", "unflushed_bytes", "levels": [{"level", "files", "bytes"}],
///  "positions": [{"partition", "next_offset", "end", "end_seen" (ms)}], more}. `ends`: of the topic's partitions; null
/// for those that are not in it.
[[nodiscard]] std::string stats_json(const TableStats& stats, const std::map<std::int32_t, std::int64_t>& ends,
                                     std::string_view more = {});

}  // namespace orders::table
