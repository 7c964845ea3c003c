#include "kafka/ranges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace orders::kafka {
namespace {

using testing::HasSubstr;

constexpr Timestamp now = from_millis(1'769'860'800'000);  // 2026-01-31T12:00:00Z

Mark mark(std::string_view text) {
  auto parsed = parse_mark(text, now);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().message;
  return parsed ? *parsed : Mark{};
}

Timestamp time_of(std::string_view text) {
  const auto parsed = mark(text);
  EXPECT_EQ(parsed.kind, Mark::Kind::time) << text;
  return parsed.time;
}

TEST(Mark, IsAnEndOrAnOffset) {
  EXPECT_EQ(mark("earliest").kind, Mark::Kind::earliest);
  EXPECT_EQ(mark("latest").kind, Mark::Kind::latest);
  EXPECT_EQ(mark("0"), (Mark{Mark::Kind::offset, 0, {}}));
  EXPECT_EQ(mark("2026"), (Mark{Mark::Kind::offset, 2'026, {}}));
  EXPECT_EQ(mark("9223372036854775807").offset, std::numeric_limits<std::int64_t>::max());
}

TEST(Mark, IsATimeInUtcUnlessItNamesItsZone) {
  EXPECT_EQ(time_of("2026-01-31T12:00:00Z"), now);
  EXPECT_EQ(time_of("2026-01-31T12:00:00"), now);
  EXPECT_EQ(time_of("2026-01-31T12:00"), now);
  EXPECT_EQ(time_of("2026-01-31"), now - std::chrono::hours{12});
  EXPECT_EQ(time_of("2026-01-31T13:00:00+01:00"), now);
  EXPECT_EQ(time_of("2026-01-31T06:30:00-05:30"), now);
  EXPECT_EQ(time_of("2026-01-31T12:00:00.25Z"), now + Milliseconds{250});
  EXPECT_EQ(time_of("2026-01-31T12:00:00.007Z"), now + Milliseconds{7});
  EXPECT_EQ(time_of("2024-02-29"), from_millis(1'709'164'800'000));
}

TEST(Mark, IsATimeBeforeNow) {
  EXPECT_EQ(time_of("-15m"), now - std::chrono::minutes{15});
  EXPECT_EQ(time_of("-PT1H30M"), now - std::chrono::minutes{90});
  EXPECT_EQ(time_of("-0s"), now);
  EXPECT_EQ(time_of("-99999999d"), Timestamp{}) << "not before the epoch, where Kafka's logical offsets begin";
}

TEST(Mark, IsNothingElse) {
  for (const std::string text : {"", "-", "-5", "-1", "15m", "+5", "007", "first", "2026-02-30", "2026-13-01",
                                 "2026-1-1", "2026-01-31T24:00", "2026-01-31T12:00:60Z",
                                 "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00.1234Z", "2026-01-31T12:00:00+1",
                                 "2026-01-31T12:00:00ZZ", "2026-01-31T", "earliest "}) {
    const auto parsed = parse_mark(text, now);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().error_class, ErrorClass::invalid);
    EXPECT_THAT(parsed.error().message, HasSubstr("'" + text + "' is no place in a topic"));
  }
}

}  // namespace
}  // namespace orders::kafka
