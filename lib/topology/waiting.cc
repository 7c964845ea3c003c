#include "topology/waiting.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "base/bytes.h"
#include "topology/task.h"

namespace orders::topology {
namespace {

/// Where to begin in one side of one partition, so that everything there lies behind `after`.
join::Place begin_of(std::int32_t partition, Side side, const std::optional<WaitingPlace>& after) {
  if (!after) return {};
  const auto here = std::pair(partition, side), there = std::pair(after->partition, after->side);
  if (here < there) return {after->timestamp + Milliseconds{1}, 0};
  return {after->timestamp, here == there ? after->offset + 1 : 0};
}

std::optional<std::int64_t> take_number(std::string_view& text) { return parse_int64(take_until(text, '-')); }

}  // namespace

std::string to_string(const WaitingPlace& place) {
  return fmt::format("{}-{}-{}-{}", to_millis(place.timestamp), place.partition, join::to_string(place.side),
                     place.offset);
}

std::optional<WaitingPlace> parse_waiting_place(std::string_view text) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto timestamp = take_number(text), partition = take_number(text);
  const auto side = take_until(text, '-');
  const auto offset = parse_int64(text);
  if (!timestamp || !partition || !offset || *timestamp == most || *offset == most) return std::nullopt;
  if (*partition > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  for (const auto known : {Side::payment, Side::stock}) {
    if (side != join::to_string(known)) continue;
    return WaitingPlace{from_millis(*timestamp), static_cast<std::int32_t>(*partition), known, *offset};
  }
  return std::nullopt;
}

void Task::add_waiting(const WaitingQuery& query, std::vector<WaitingRecord>& records) {
  const auto retention = engine_.settings().retention();
  for (const auto side : {Side::payment, Side::stock}) {
    if (query.side && *query.side != side) continue;
    const auto own = stream_time(side), others = stream_time(join::other(side));
    std::size_t taken = 0;
    const auto take = [&](const join::Entry& entry) {
      const auto end =
          entry.timestamp > Timestamp::max() - retention ? Timestamp::max() : entry.timestamp + retention;
      WaitingRecord record{.place = {entry.timestamp, partition_, side, entry.offset},
                           .order_id = entry.key,
                           .topic = topic(side),
                           .status = entry.status,
                           .age = own ? *own - entry.timestamp : Milliseconds{0},
                           .given_up_above = end,
                           .left = {}};
      if (others) record.left = end - *others;
      records.push_back(std::move(record));
      return ++taken <= query.limit;  // one more, to know whether there is a next page
    };
    buffer_.get().each_waiting(side, begin_of(partition_, side, query.after), take);
  }
}

WaitingPage merge(std::vector<WaitingPage> pages, std::size_t limit) {
  WaitingPage merged;
  bool more = false;
  for (auto& page : pages) {
    more = more || page.next.has_value();
    std::ranges::move(page.records, std::back_inserter(merged.records));
    std::ranges::copy(page.partitions, std::back_inserter(merged.partitions));
    std::ranges::copy(page.rebuilding, std::back_inserter(merged.rebuilding));
  }
  std::ranges::sort(merged.records, {}, &WaitingRecord::place);
  std::ranges::sort(merged.partitions);
  std::ranges::sort(merged.rebuilding);
  more = more || merged.records.size() > limit;
  if (merged.records.size() > limit) merged.records.resize(limit);
  if (more && !merged.records.empty()) merged.next = merged.records.back().place;
  return merged;
}

}  // namespace orders::topology
