#include "table/json.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"

namespace orders::table {
namespace {

template <class Items, class ToJson>
std::string array_json(const Items& items, ToJson to_json) {
  std::string list;
  for (const auto& item : items) (list += list.empty() ? "" : ",") += to_json(item);
  return "[" + list + "]";
}

std::string level_json(const rocks::StoreStats::Level& level) {
  return fmt::format(R"({{"level":{},"files":{},"bytes":{}}})", level.level, level.files, level.bytes);
}

}  // namespace

std::string row_json(const TableRow& row, std::string_view more) {
  auto json = fmt::format(R"({{"key":{},"partition":{},"offset":{},"timestamp":{}{})", row.id, row.partition,
                          row.offset, to_millis(row.timestamp), more);
  // The table keeps what was on the topic, and anybody may write there.
  if (is_json(row.value)) return json + ",\"value\":" + row.value + "}";
  return json + ",\"value_base64\":\"" + base64(row.value) + "\"}";
}

std::string page_json(const Table::Page& page, std::string_view more) {
  return fmt::format(R"({{"rows":{},"next":{}{}}})",
                     array_json(page.rows, [](const TableRow& row) { return row_json(row); }),
                     page.next ? std::to_string(*page.next) : "null", more);
}

std::string stats_json(const TableStats& stats, const std::map<std::int32_t, std::int64_t>& ends,
                       std::string_view more) {
  const auto position_json = [&](const TablePosition& position) {
    const auto end = ends.find(position.partition);
    return fmt::format(R"({{"partition":{},"next_offset":{},"end":{},"end_seen":{}}})", position.partition,
                       position.next_offset, end == ends.end() ? "null" : std::to_string(end->second),
                       position.end_seen == Timestamp{} ? "null" : std::to_string(to_millis(position.end_seen)));
  };
  const auto& store = stats.store;
  return fmt::format(
      R"({{"rows":{},"bytes":{},"memory_bytes":{},"unflushed_bytes":{},"levels":{},"positions":{}{}}})", store.keys,
      store.disk_bytes, store.memory_bytes, store.unflushed_bytes, array_json(store.levels, level_json),
      array_json(stats.positions, position_json), more);
}

}  // namespace orders::table
