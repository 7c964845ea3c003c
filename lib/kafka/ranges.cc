#include "kafka/ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace orders::kafka {
namespace {

/// `count` digits off the front of `text`, at most `most`.
std::optional<int> take_digits(std::string_view& text, std::size_t count, int least, int most) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return number >= least && number <= most ? std::optional(number) : std::nullopt;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4, 1970, 9999);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2, 1, 12);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2, 1, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

/// Up to three decimals of a second.
std::optional<Milliseconds> take_fraction(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end == 0 || end > 3) return std::nullopt;
  std::string digits(text.substr(0, end));
  digits.resize(3, '0');
  text.remove_prefix(end);
  std::string_view rest = digits;
  return Milliseconds(*take_digits(rest, 3, 0, 999));
}

/// hh:mm, hh:mm:ss or hh:mm:ss.sss
std::optional<Milliseconds> take_clock(std::string_view& text) {
  const auto hour = take_digits(text, 2, 0, 23);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2, 0, 59);
  if (!minute) return std::nullopt;
  Milliseconds time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (!take(text, ':')) return time;
  const auto second = take_digits(text, 2, 0, 59);
  if (!second) return std::nullopt;
  time += std::chrono::seconds(*second);
  if (!take(text, '.')) return time;
  const auto fraction = take_fraction(text);
  return fraction ? std::optional(time + *fraction) : std::nullopt;
}

/// What has to be subtracted for UTC: "Z", "+01:00", "-05:30"; nothing given is UTC.
std::optional<Milliseconds> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) return Milliseconds{0};
  const bool west = text.starts_with('-');
  if (!take(text, west ? '-' : '+')) return std::nullopt;
  const auto hours = take_digits(text, 2, 0, 23);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2, 0, 59);
  if (!minutes) return std::nullopt;
  const Milliseconds zone = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return west ? -zone : zone;
}

std::optional<Timestamp> parse_time(std::string_view text) {
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  const Timestamp midnight{*date};
  if (text.empty()) return midnight;
  if (!take(text, 'T')) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return midnight + *clock - *zone;
}

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
  if (const auto time = parse_time(text)) return Mark{Mark::Kind::time, 0, *time};
  if (text.starts_with('-')) {
    const auto ago = parse_duration(text.substr(1));
    // A negative time would be one of ListOffsets' logical offsets.
    if (ago) return Mark{Mark::Kind::time, 0, std::max(Timestamp{}, now - std::min(*ago, now.time_since_epoch()))};
  }
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
