// A dead letter's names, its filter, its counts.
#include <gtest/gtest.h>

#include "dlq/filter.h"
#include "dlq/summary.h"
#include "letters.h"

namespace orders::dlq {
namespace {

using failure::Reason;
using test::make_letter;
using test::make_stranger;

TEST(Letter, IsNamedByItsPlaceAndByThatOfItsRecord) {
  const auto letter = make_letter(Reason::late);
  EXPECT_EQ(letter.id(), "recovererDLQ[2]@17");
  EXPECT_EQ(letter.original(), "payment-orders[3]@1042");
  EXPECT_EQ(letter.reason(), "late");
  EXPECT_EQ(make_stranger().original(), "");
  EXPECT_EQ(make_stranger().reason(), "unknown");
}

TEST(Letter, OfTwoCopiesHasOneIdentity) {
  const auto letter = make_letter(Reason::missing_order, "database", "orders");
  auto copy = letter;
  copy.offset += 5;
  copy.time += Milliseconds{7};
  EXPECT_EQ(copy.identity(), letter.identity());
  EXPECT_EQ(letter.identity(), "orders[3]@1042 1700000000000 orders");
}

TEST(Letter, OfAnotherRecordHasAnotherIdentity) {
  const auto letter = make_letter(Reason::late);
  EXPECT_NE(make_letter(Reason::late, "join", "stock-orders").identity(), letter.identity());
  EXPECT_NE(make_letter(Reason::late, "join", "payment-orders", 1043).identity(), letter.identity());
  auto other = letter;
  other.of.application = "other";
  EXPECT_NE(other.identity(), letter.identity());
  other = letter;
  other.of.timestamp = test::written + Milliseconds{1};
  EXPECT_NE(other.identity(), letter.identity()) << "the topic was made anew";
}

TEST(Letter, ThatDoesNotSayWhereItCameFromIsIdentifiedByItsOwnPlace) {
  auto stranger = make_stranger();
  const auto identity = stranger.identity();
  EXPECT_NE(identity, "");
  ++stranger.offset;
  EXPECT_NE(stranger.identity(), identity);
}

TEST(Filter, OfNothingTakesAll) {
  EXPECT_TRUE(Filter{}.matches(make_letter(Reason::late)));
  EXPECT_TRUE(Filter{}.matches(make_stranger()));
}

TEST(Filter, TakesWhatAllOfItsPartsTake) {
  const auto letter = make_letter(Reason::late);
  const auto takes = [&](const Filter& filter) { return filter.matches(letter); };
  Filter filter;
  filter.ids = {"x[0]@1", "recovererDLQ[2]@17"};
  EXPECT_TRUE(takes(filter));
  filter.ids = {"payment-orders[3]@1042"};
  EXPECT_TRUE(takes(filter));
  filter.reasons = {"unmatched", "late"};
  filter.topics = {"payment-orders"};
  filter.keys = {"key"};
  filter.since = test::dead_since;
  EXPECT_TRUE(takes(filter));
  filter.until = test::dead_since;
  EXPECT_FALSE(takes(filter)) << "the end is not part of it";
  filter.until = test::dead_since + Milliseconds{1};
  EXPECT_TRUE(takes(filter));
  filter.topics = {"stock-orders"};
  EXPECT_FALSE(takes(filter));
}

TEST(Filter, KnowsLettersWithoutAReasonAsUnknown) {
  Filter filter;
  filter.reasons = {"unknown"};
  EXPECT_TRUE(filter.matches(make_stranger()));
  EXPECT_FALSE(filter.matches(make_letter(Reason::late)));
  filter = {};
  filter.ids = {""};
  EXPECT_FALSE(filter.matches(make_stranger())) << "no original place is no name";
}

TEST(Summary, CountsByReasonTopicOrHour) {
  auto later = make_letter(Reason::late, "join", "stock-orders");
  later.time += Milliseconds{3'600'000};
  Summary reasons(By::reason), topics(By::topic), hours(By::hour);
  for (auto* summary : {&reasons, &topics, &hours}) {
    summary->add(later);
    summary->add(make_letter(Reason::late));
    summary->add(make_stranger());
    EXPECT_EQ(summary->letters(), 3U);
  }
  ASSERT_EQ(reasons.groups().size(), 2U);
  EXPECT_EQ(reasons.groups().at("late").letters, 2U);
  EXPECT_EQ(reasons.groups().at("late").oldest, test::dead_since);
  EXPECT_EQ(reasons.groups().at("late").newest, later.time);
  EXPECT_EQ(topics.groups().at("unknown").letters, 1U);
  EXPECT_EQ(hours.groups().at("2023-11-14T22Z").letters, 2U);
  EXPECT_EQ(hours.groups().at("2023-11-14T23Z").letters, 1U);
}

}  // namespace
}  // namespace orders::dlq
