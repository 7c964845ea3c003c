#include "kafka/ranges.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/moment.h"

namespace orders::kafka {
namespace {

/// Where a mark is in a partition; `end`: nothing is that young.
Result<std::int64_t> offset_of(const Consumer& consumer, const TopicPartition& at, const Mark& mark,
                               const Watermarks& marks, Milliseconds timeout) {
  switch (mark.kind) {
    case Mark::Kind::earliest:
      return marks.low;
    case Mark::Kind::latest:
      return marks.high;
    case Mark::Kind::offset:
      return mark.offset;
    case Mark::Kind::time:
      break;
  }
  auto found = consumer.offset_for_time(at, mark.time, timeout);
  if (found && *found < 0) return marks.high;
  return found;
}

}  // namespace

Result<Mark> parse_mark(std::string_view text, Timestamp now) {
  if (text == "earliest") return Mark{Mark::Kind::earliest, 0, {}};
  if (text == "latest") return Mark{Mark::Kind::latest, 0, {}};
  if (const auto offset = parse_int64(text); offset && *offset >= 0) return Mark{Mark::Kind::offset, *offset, {}};
  // Never a negative one, which would be one of ListOffsets' logical offsets.
  if (const auto time = parse_moment(text, now)) return Mark{Mark::Kind::time, 0, *time};
  return fail(ErrorClass::invalid,
              fmt::format("'{}' is no place in a topic: expected earliest, latest, an offset such as 1042, a time such "
                          "as 2026-01-31T12:00:00Z, or -15m",
                          printable(text, 60)));
}

Result<std::vector<OffsetRange>> resolve(const Consumer& consumer, std::span<const TopicPartition> partitions,
                                         const Range& range, Milliseconds timeout) {
  std::vector<OffsetRange> ranges;
  for (const auto& at : partitions) {
    auto marks = consumer.watermarks(at, timeout);
    if (!marks) return fail(std::move(marks.error()));
    auto from = offset_of(consumer, at, range.from, *marks, timeout);
    if (!from) return fail(std::move(from.error()));
    auto to = offset_of(consumer, at, range.to, *marks, timeout);
    if (!to) return fail(std::move(to.error()));
    const auto high = std::max(marks->low, marks->high);
    OffsetRange resolved{at, std::clamp(*from, marks->low, high), std::min(*to, high), 0};
    resolved.end = std::max(resolved.end, resolved.begin);
    if (*from < marks->low) resolved.gone = std::min(marks->low, *to) - *from;
    resolved.gone = std::max<std::int64_t>(resolved.gone, 0);
    ranges.push_back(std::move(resolved));
  }
  return ranges;
}

}  // namespace orders::kafka
