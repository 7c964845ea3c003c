#include "reset/target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/moment.h"

namespace orders::reset {

Result<Target> parse_target(std::string_view text, Timestamp now) {
  using Kind = Target::Kind;
  if (text == "current") return Target{Kind::current, 0, {}};
  if (text == "earliest") return Target{Kind::earliest, 0, {}};
  if (text == "latest") return Target{Kind::latest, 0, {}};
  if (const auto offset = parse_int64(text); offset && *offset >= 0) return Target{Kind::offset, *offset, {}};
  if (const auto time = parse_moment(text, now)) return Target{Kind::time, 0, *time};
  return fail(ErrorClass::invalid,
              fmt::format("'{}' is no place: expected earliest, latest, current, an offset, a time such as "
                          "2026-01-31T12:00:00Z, or a duration before now such as -15m",
                          text));
}

Result<std::int64_t> offset_at(const Target& target, const kafka::TopicPartition& at, const kafka::Watermarks& marks,
                               std::int64_t current, std::int64_t at_time) {
  switch (target.kind) {
    case Target::Kind::current:
      return current;
    case Target::Kind::earliest:
      return marks.low;
    case Target::Kind::latest:
      return marks.high;
    case Target::Kind::time:
      return at_time < 0 ? marks.high : std::min(at_time, marks.high);
    case Target::Kind::offset:
      break;
  }
  if (target.offset < marks.low || target.offset > marks.high) {
    return fail(ErrorClass::invalid, fmt::format("{} has no offset {}: it begins at {} and ends at {}", at.text(),
                                                 target.offset, marks.low, marks.high));
  }
  return target.offset;
}

}  // namespace orders::reset
