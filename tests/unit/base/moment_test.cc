#include "base/moment.h"

#include <gtest/gtest.h>

namespace orders {
namespace {

constexpr Timestamp now = from_millis(1'769'860'800'123);  // 2026-01-31T12:00:00.123Z

std::string moment(std::string_view text) {
  const auto parsed = parse_moment(text, now);
  return parsed ? format_timestamp(*parsed) : "no";
}

TEST(Moment, IsATimeInUtc) {
  EXPECT_EQ(moment("2026-01-31T13:14:15.250Z"), "2026-01-31T13:14:15.250Z");
  EXPECT_EQ(moment("2026-01-31T13:14:15"), "2026-01-31T13:14:15.000Z");
  EXPECT_EQ(moment("2026-01-31 13:14"), "2026-01-31T13:14:00.000Z");
  EXPECT_EQ(moment("2026-01-31"), "2026-01-31T00:00:00.000Z");
  EXPECT_EQ(moment("2026-01-31T13:14Z"), "2026-01-31T13:14:00.000Z");
  EXPECT_EQ(moment("1970-01-02"), "1970-01-02T00:00:00.000Z");
}

TEST(Moment, OrInAnotherZone) {
  EXPECT_EQ(moment("2026-01-31T13:14:15.5+01:00"), "2026-01-31T12:14:15.500Z");
  EXPECT_EQ(moment("2026-01-31T13:14-04:30"), "2026-01-31T17:44:00.000Z");
}

TEST(Moment, OrSoLongAgo) {
  EXPECT_EQ(moment("-15m"), "2026-01-31T11:45:00.123Z");
  EXPECT_EQ(moment("-PT1H30M"), "2026-01-31T10:30:00.123Z");
  EXPECT_EQ(moment("-30000d"), "1970-01-01T00:00:00.000Z") << "not before Kafka's time begins";
}

TEST(Moment, IsNothingElse) {
  for (const char* nonsense :
       {"", "-", "15m", "now", "2026-02-30", "2026-13-01", "2026-01-31T24:00", "2026-01-31T12:60", "2026-01-31T12:00:00.",
        "2026-01-31T12:00:00+1", "2026-01-31T12:00Zulu", "2026-1-31", "1769860800123", "1969-12-31T23:59:59Z", "-15x"}) {
    EXPECT_EQ(moment(nonsense), "no") << nonsense;
  }
}

}  // namespace
}  // namespace orders
