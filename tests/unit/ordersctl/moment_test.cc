// Points in time at the prompt.
#include <gtest/gtest.h>

#include "ordersctl/moment.h"

namespace orders::ctl {
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
}

TEST(Moment, OrSoLongAgo) {
  EXPECT_EQ(moment("-15m"), "2026-01-31T11:45:00.123Z");
  EXPECT_EQ(moment("-PT1H30M"), "2026-01-31T10:30:00.123Z");
}

TEST(Moment, IsNothingElse) {
  for (const char* nonsense :
       {"", "-", "15m", "now", "2026-02-30", "2026-13-01", "2026-01-31T24:00", "2026-01-31T12:60",
        "2026-01-31T12:00:00+01:00", "2026-1-31", "1769860800123", "-15x"}) {
    EXPECT_EQ(moment(nonsense), "no") << nonsense;
  }
}

}  // namespace
}  // namespace orders::ctl
