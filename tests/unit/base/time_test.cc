#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "base/time.h"

namespace orders {
namespace {

using testing::HasSubstr;

TEST(Duration, IsParsedInBothForms) {
  const std::pair<const char*, std::int64_t> durations[] = {{"PT10S", 10'000},
                                                            {"PT0S", 0},
                                                            {"PT1.5S", 1'500},
                                                            {"PT0.001S", 1},
                                                            {"PT1H30M", 5'400'000},
                                                            {"P1D", 86'400'000},
                                                            {"P2W", 1'209'600'000},
                                                            {"P1DT2H", 93'600'000},
                                                            {"P1DT1H1M1.25S", 90'061'250},
                                                            {"500ms", 500},
                                                            {"10s", 10'000},
                                                            {"5m", 300'000},
                                                            {"2h", 7'200'000},
                                                            {"1d", 86'400'000},
                                                            {"0ms", 0}};
  for (const auto& [text, millis] : durations) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->count(), millis) << text;
  }
}

TEST(Duration, IsNothingElse) {
  for (const char* text : {"",
                           "10",
                           "P",
                           "PT",
                           "P1DT",
                           "T1S",
                           "PT1",
                           "10 s",
                           " 10s",
                           "10s ",
                           "-10s",
                           "PT-10S",
                           "PT-0S",
                           "+1s",
                           "-PT1S",
                           "1.5s",
                           "PT1.S",
                           "PT.5S",
                           "PT1.2345S",
                           "PT1.5M",
                           "PT1S1M",
                           "P1H",
                           "PT1D",
                           "P1M",
                           "P1Y",
                           "pt10s",
                           "10S",
                           "10us",
                           "1h30m",
                           "0x10s",
                           "99999999999999999999s",
                           "PT9223372036854775807S",
                           "P99999999999999W"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().error_class, ErrorClass::invalid);
    EXPECT_THAT(parsed.error().message, HasSubstr("expected ISO 8601"));
  }
}

TEST(Duration, OfTheLargestUnitsTogetherDoesNotOverflow) {
  // The largest of every unit that is taken alone; their sum must still be a duration.
  const auto parsed = parse_duration("P1906285556W13343998895DT320255973501H19215358410114M1152921504606846S");
  ASSERT_TRUE(parsed);
  EXPECT_GT(parsed->count(), 0);
}

TEST(Duration, IsFormattedSoThatItIsReadBack) {
  EXPECT_EQ(format_duration(Milliseconds{0}), "PT0S");
  EXPECT_EQ(format_duration(Milliseconds{20}), "20ms");
  EXPECT_EQ(format_duration(Milliseconds{1'500}), "1500ms");
  EXPECT_EQ(format_duration(Milliseconds{10'000}), "PT10S");
  EXPECT_EQ(format_duration(Milliseconds{60'000}), "PT1M");
  EXPECT_EQ(format_duration(Milliseconds{5'400'000}), "PT1H30M");
  EXPECT_EQ(format_duration(Milliseconds{86'400'000}), "P1D");
  EXPECT_EQ(format_duration(Milliseconds{86'401'000}), "P1DT1S");
  EXPECT_EQ(format_duration(Milliseconds{-10'000}), "-PT10S");
  std::minstd_rand random(7);
  for (int i = 0; i < 1'000; ++i) {
    const Milliseconds duration{std::uniform_int_distribution<std::int64_t>{0, 1'000'000'000}(random) *
                                (i % 2 ? 1 : 1'000)};
    EXPECT_EQ(parse_duration(format_duration(duration)).value(), duration);
  }
}

TEST(Timestamp, IsFormattedInUtcWithMilliseconds) {
  EXPECT_EQ(format_timestamp(from_millis(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_timestamp(from_millis(1'769'860'800'123)), "2026-01-31T12:00:00.123Z");
  EXPECT_EQ(format_timestamp(from_millis(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_timestamp(from_millis(-1'000)), "1969-12-31T23:59:59.000Z");
}

TEST(Timestamp, OfAHostileRecordIsFormattedAsWell) {
  EXPECT_EQ(format_timestamp(from_millis(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");  // nanoseconds end in 2262
  EXPECT_THAT(format_timestamp(from_millis(std::numeric_limits<std::int64_t>::max())), HasSubstr(".807Z"));
  EXPECT_THAT(format_timestamp(from_millis(std::numeric_limits<std::int64_t>::min())), HasSubstr(".192Z"));
}

}  // namespace
}  // namespace orders
