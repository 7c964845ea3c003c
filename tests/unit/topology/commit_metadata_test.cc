#include "topology/commit_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::topology {
namespace {

using testing::HasSubstr;

CommitMetadata full() {
  return {.stream_time = from_millis(1'700'000'000'123),
          .start = {{42, from_millis(1'699'999'990'000)}, {45, from_millis(1'699'999'995'000)}},
          .settings = {.join = {.before = Milliseconds{5'000},
                                .after = Milliseconds{10'000},
                                .grace = Milliseconds{7},
                                .suppress_duplicates = true,
                                .pass_unknown = true},
                       .key_format = config::KeyFormat::string},
          .change = CommitMetadata::Change{.at = {50, std::nullopt}, .before = {}}};
}

TEST(CommitMetadata, IsTextThatOtherToolsCanShow) {
  EXPECT_EQ(encode(full()),
            "2 t=1700000000123 f=42@1699999990000 j=45@1699999995000 s=5000,10000,7,duk c=50@- o=10000,10000,0,-");
  EXPECT_EQ(encode({}), "2 t=- f=0@- j=0@- s=10000,10000,0,-");
}

TEST(CommitMetadata, ComesBackAsItWas) {
  for (const auto& metadata : {CommitMetadata{}, full()}) {
    const auto decoded = decode(encode(metadata));
    ASSERT_TRUE(decoded) << decoded.error().text();
    ASSERT_TRUE(*decoded);
    EXPECT_EQ(**decoded, metadata);
  }
}

TEST(CommitMetadata, OfTheVersionBeforeSettlesNothing) {
  const auto decoded = decode("1 t=1700000000123 f=42@1699999990000 s=5000,10000,7,duk c=50@- o=10000,10000,0,-");
  ASSERT_TRUE(decoded) << decoded.error().text();
  auto wanted = full();
  wanted.start.settled = {};
  EXPECT_EQ(*decoded, wanted);
  EXPECT_FALSE(wanted.start.settled.covers(0, Timestamp{}));
}

TEST(CommitMetadata, SettlesWhatLiesBeforeAnOffsetAndATime) {
  const Settled settled{45, from_millis(10)};
  EXPECT_TRUE(settled.covers(44, from_millis(9)));
  EXPECT_FALSE(settled.covers(45, from_millis(9)));
  EXPECT_FALSE(settled.covers(44, from_millis(10)));
  EXPECT_TRUE((Settled{45, std::nullopt}.covers(44, Timestamp::max())));
}

TEST(CommitMetadata, OfAnotherProgramIsNoneOfOurs) {
  for (const auto* text : {"", "AgAAAYvPYoB7AAAAAA==", "Ag", "some words", "1", "1 something=else"}) {
    const auto decoded = decode(text);
    ASSERT_TRUE(decoded) << text << ": " << decoded.error().text();
    EXPECT_FALSE(decoded->has_value()) << text;
  }
}

TEST(CommitMetadata, OfANewerVersionIsAGapNotAGuess) {
  const auto decoded = decode("3 t=5 x=7");
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().error_class, ErrorClass::gap);
  EXPECT_THAT(decoded.error().text(), HasSubstr("newer ordersd"));
}

TEST(CommitMetadata, DamagedIsAGapNotAGuess) {
  for (const auto* text : {"1 t=", "1 t=5", "1 t=5 f=1 s=1,2,3,-", "1 t=5 f=1@2 s=1,2,3", "1 t=5 f=1@2 s=1,2,-3,-",
                           "1 t=5 f=1@2 s=1,2,3,x", "1 t=5 f=1@2 s=1,2,3,- c=1@2", "1 t=5 f=1@2 s=1,2,3,- z=1",
                           "1 t=5 t=5 f=1@2 s=1,2,3,-", "2 t=5 f=1@2 s=1,2,3,-", "2 t=5 f=1@2 j=1 s=1,2,3,-",
                           "1 t=5 f=1@2 j=1@2 s=1,2,3,-"}) {
    const auto decoded = decode(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().error_class, ErrorClass::gap) << text;
  }
}

TEST(CommitMetadata, WithNumbersThatNoRecordOrConfigurationHasIsDamaged) {
  for (const auto* text : {"1 t=-5 f=1@2 s=1,2,3,-", "1 t=-9223372036854775808 f=1@2 s=1,2,3,-",
                           "1 t=5 f=-1@2 s=1,2,3,-", "1 t=5 f=1@-2 s=1,2,3,-",
                           "1 t=5 f=1@2 s=9223372036854775807,2,3,-", "1 t=5 f=1@2 s=1,9223372036854775807,3,-",
                           "1 t=5 f=1@2 s=1,2,9223372036854775807,-",
                           "1 t=5 f=1@2 s=1,2,3,- c=-1@2 o=1,2,3,-",
                           "1 t=5 f=1@2 s=1,2,3,- c=1@2 o=1,2,4000000000000,-"}) {
    const auto decoded = decode(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().error_class, ErrorClass::gap) << text;
  }
  // The longest that can be configured, and the latest time that a record can have, are right ones.
  const auto decoded = decode("1 t=9223372036854775807 f=9223372036854775807@9223372036854775807 s=315360000000,0,0,-");
  ASSERT_TRUE(decoded) << decoded.error().text();
  EXPECT_TRUE(decoded->has_value());
}

// --- a change of settings

FateSettings with_window(std::int64_t seconds) {
  return {.join = {.before = std::chrono::seconds{seconds}, .after = std::chrono::seconds{seconds}}};
}

TEST(ASecondChange, IsRefusedUntilTheFirstHasPassedAndTellsTheTimeLeft) {
  auto committed = full();
  committed.settings = with_window(10);  // 40 s for both retentions
  committed.change->at = {50, *committed.stream_time - std::chrono::seconds{15}};
  EXPECT_TRUE(check_change(committed, 60, committed.settings, "payment-orders[0]"));
  const auto refused = check_change(committed, 60, with_window(20), "payment-orders[0]");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(refused.error().text(), HasSubstr("payment-orders[0]"));
  EXPECT_THAT(refused.error().text(), HasSubstr("PT25S more"));
  committed.change.reset();
  EXPECT_TRUE(check_change(committed, 60, with_window(20), "payment-orders[0]"));
}

TEST(ASecondChange, TakesTheFirstOnesPlaceWhereNothingWasReadBetween) {
  EXPECT_TRUE(check_change(full(), 50, with_window(20), "payment-orders[0]"));
}

}  // namespace
}  // namespace orders::topology
