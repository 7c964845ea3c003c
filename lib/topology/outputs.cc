#include "topology/outputs.h"

#include <algorithm>
#include <type_traits>

#include "topology/source_record.h"

namespace orders::topology {
namespace {
constexpr std::size_t most_kept = 65'536;  ///< records: room for more is given back
static_assert(std::is_nothrow_move_constructible_v<kafka::OutputRecord>, "else a vector that grows copies lent values");
}

void Outputs::add(kafka::OutputRecord&& record) {
  bytes += (record.value ? record.value->size() : 0) + 64;
  records.push_back(std::move(record));
}

void Outputs::add_result(kafka::OutputRecord&& result, const join::Pair& pair) {
  const auto& splice = pair.stock_splice;
  const bool has_source = splice.source_end != 0;  // else it is appended, at the closing brace
  const auto begin = has_source ? std::min(splice.status_begin, splice.source_begin) : splice.status_begin;
  const auto end = has_source ? std::max(splice.status_end, splice.source_end) : splice.close;
  stock.push_back({.record = records.size(),
                   .offset = pair.stock_offset,
                   .timestamp = pair.stock_timestamp,
                   .timestamp_type = timestamp_type(pair.stock_headers),
                   .begin = begin,
                   .end = end,
                   .size = static_cast<std::uint32_t>(pair.stock_value.size()),
                   .replaced = replaced.size()});
  replaced.append(pair.stock_value, begin, end - begin);
  add(std::move(result));
}

const Outputs::Stock& Outputs::stock_of(std::size_t record) const {
  return *std::ranges::lower_bound(stock, record, {}, &Stock::record);
}

std::string Outputs::stock_value(const Stock& from) const {
  const auto& result = *records[from.record].value;
  const std::size_t rest = from.size - from.end;
  return result.substr(0, from.begin)
      .append(replaced, from.replaced, from.end - from.begin)
      .append(result, result.size() - rest);
}

void Outputs::clear() {
  if (records.capacity() > most_kept) *this = {};
  records.clear();
  stock.clear();
  replaced.clear();
  bytes = 0;
  letters = {};
  for (auto& side : lateness) {
    if (side.count() > 0) side = {};
  }
}

}  // namespace orders::topology
