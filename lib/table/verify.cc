#include "table/verify.h"

#include <fmt/format.h>

#include <map>

#include "base/bytes.h"
#include "table/format.h"

namespace orders::table {
namespace {

constexpr std::size_t shown = 40;  ///< bytes of a key

/// Keys come in their order: format and identity, then the positions, then the rows.
class Check {
 public:
  void see(std::string_view key, std::string_view value) {
    empty_ = false;
    if (key == format_key) return see_format(value);
    if (key == identity_key) return see_identity(value);
    if (key.starts_with(position_prefix)) return see_position(key, value);
    if (key.starts_with(row_prefix)) return see_row(key, value);
    wrong(key, "is no key of a table");
  }
  Contents finish(const Result<>& read) {
    if (!read) {
      contents_.damages.add("rows", fmt::format("{} could be read: {}", contents_.rows, read.error().message));
    } else if (!formatted_ && !empty_) {  // empty is one that was not flushed yet
      contents_.damages.add("format", "is not there: this is no table");
    }
    for (const auto& [partition, position] : positions_) contents_.positions.push_back(position);
    return std::move(contents_);
  }

 private:
  void see_format(std::string_view value) {
    formatted_ = true;
    if (value == format_version) return;
    contents_.damages.add("format",
                          fmt::format("is {}; this program knows {}", printable(value, shown), format_version));
  }
  void see_identity(std::string_view value) {
    contents_.identity = decode_identity(value);
    if (!contents_.identity) contents_.damages.add("identity", "does not say of which cluster and topic the table is");
  }
  void see_position(std::string_view key, std::string_view value) {
    const auto position = decode_position(key, value);
    if (!position) return wrong(key, "is no position");
    positions_.emplace(position->partition, *position);
    if (position->partition < 0 || position->next_offset < 0 || position->end_seen < Timestamp{}) {
      contents_.damages.add(fmt::format("position of partition {}", position->partition),
                            fmt::format("is {}, at the end last at {} ms", position->next_offset,
                                        to_millis(position->end_seen)));
    }
  }
  void see_row(std::string_view key, std::string_view value) {
    const auto row = decode_row(key, value);
    if (!row) return wrong(key, "is no row of an order");
    ++contents_.rows;
    const auto position = positions_.find(row->partition);
    if (row->offset >= 0 && position != positions_.end() && row->offset < position->second.next_offset) return;
    contents_.damages.add(fmt::format("order {}", row->id),
                          fmt::format("is of partition {}, offset {}, which the table has not come to", row->partition,
                                      row->offset));
  }
  void wrong(std::string_view key, std::string_view what) {
    contents_.damages.add(fmt::format("key {}", printable(key, shown)), std::string(what));
  }

  Contents contents_;
  std::map<std::int32_t, TablePosition> positions_;
  bool formatted_ = false;
  bool empty_ = true;
};

}  // namespace

Contents check(const rocks::Store& store) {
  Check check;
  auto cursor = store.scan({});
  for (; cursor.valid(); cursor.next()) check.see(cursor.key(), cursor.value());
  return check.finish(cursor.status());
}

}  // namespace orders::table
