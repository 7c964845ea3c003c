#include "reset/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::reset {
namespace {

using testing::HasSubstr;
using Kind = Target::Kind;

constexpr Timestamp now = from_millis(1'700'000'000'000);  // 2023-11-14T22:13:20Z

Target parsed(std::string_view text) {
  const auto target = parse_target(text, now);
  EXPECT_TRUE(target) << text << ": " << target.error().text();
  return target.value_or(Target{});
}

Target at(std::int64_t millis) { return {Kind::time, 0, from_millis(millis)}; }

TEST(Target, IsANameAnOffsetATimeOrADurationBack) {
  EXPECT_EQ(parsed("earliest"), (Target{Kind::earliest, 0, {}}));
  EXPECT_EQ(parsed("latest"), (Target{Kind::latest, 0, {}}));
  EXPECT_EQ(parsed("current"), (Target{Kind::current, 0, {}}));
  EXPECT_EQ(parsed("42"), (Target{Kind::offset, 42, {}}));
  EXPECT_EQ(parsed("-15m"), at(1'700'000'000'000 - 900'000));
  EXPECT_EQ(parsed("-PT1H"), at(1'700'000'000'000 - 3'600'000));
  EXPECT_EQ(parsed("-40000d"), at(0)) << "no record is older than the epoch";
}

TEST(Target, ATimeIsUtcUnlessItNamesItsZone) {
  for (const auto* text : {"2023-11-14T22:13:20Z", "2023-11-14T22:13:20", "2023-11-14 22:13:20",
                           "2023-11-14T23:13:20+01:00", "2023-11-14T17:43:20-04:30", "2023-11-14T22:13:20.000Z"}) {
    EXPECT_EQ(parsed(text), at(1'700'000'000'000)) << text;
  }
  EXPECT_EQ(parsed("2023-11-14T22:13:20.5Z"), at(1'700'000'000'500));
  EXPECT_EQ(parsed("2023-11-14T22:13Z"), at(1'699'999'980'000));
  EXPECT_EQ(parsed("2023-11-14"), at(1'699'920'000'000));
}

TEST(Target, AnythingElseIsRefusedWithExamples) {
  for (const auto* text :
       {"", "yesterday", "-5", "-15", "15m", "1.5", "2023-13-01", "2023-02-30", "2023-11-14T", "2023-11-14T25:00",
        "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20+1", "2023-11-14T22:13:20Zulu", "1969-12-31T23:59:59Z"}) {
    const auto target = parse_target(text, now);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().error_class, ErrorClass::invalid);
    EXPECT_THAT(target.error().message, HasSubstr("2026-01-31T12:00:00Z"));
  }
}

TEST(Target, BecomesAnOffsetOfThePartition) {
  const kafka::TopicPartition partition{"payments", 0};
  const kafka::Watermarks marks{10, 100};
  const auto offset = [&](const Target& target, std::int64_t at_time = -1) {
    return offset_at(target, partition, marks, 50, at_time);
  };
  EXPECT_EQ(offset({Kind::current, 0, {}}), 50);
  EXPECT_EQ(offset({Kind::earliest, 0, {}}), 10);
  EXPECT_EQ(offset({Kind::latest, 0, {}}), 100);
  EXPECT_EQ(offset(at(5), 70), 70);
  EXPECT_EQ(offset(at(5), -1), 100) << "no record is as young";
  EXPECT_EQ(offset({Kind::offset, 10, {}}), 10);
  EXPECT_EQ(offset({Kind::offset, 100, {}}), 100);
  for (const std::int64_t outside : {9, 101}) {
    const auto refused = offset({Kind::offset, outside, {}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error_class, ErrorClass::invalid);
    EXPECT_THAT(refused.error().message, HasSubstr("begins at 10 and ends at 100"));
  }
}

}  // namespace
}  // namespace orders::reset
