#include "reset/view_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::reset {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

OrdersTopic topic(std::int64_t position, kafka::Watermarks marks, bool compacted = true) {
  return {{{{"orders", 0}, position, marks, -1}}, compacted};
}

std::vector<Step> planned(const OrdersTopic& topic, const std::optional<Target>& to) {
  auto steps = plan_database(topic, {.to = to, .partitions = {}});
  EXPECT_TRUE(steps) << steps.error().text();
  return steps.value_or(std::vector<Step>{});
}

TEST(DatabasePlan, GoesBackOnly) {
  const auto back = planned(topic(50, {10, 100}), Target{Target::Kind::earliest, 0, {}});
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].from, 50);
  EXPECT_EQ(back[0].to, 10);
  EXPECT_THAT(planned(topic(50, {10, 100}), Target{Target::Kind::latest, 0, {}}), IsEmpty());
  EXPECT_THAT(planned(topic(50, {10, 100}), Target{Target::Kind::offset, 50, {}}), IsEmpty());
  const Target later{Target::Kind::offset, 60, {}};
  const auto ahead = plan_database(topic(50, {10, 100}), {.to = later, .partitions = {}});
  ASSERT_FALSE(ahead);
  EXPECT_EQ(ahead.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(ahead.error().message, HasSubstr("would leave out records"));
}

TEST(DatabasePlan, WithoutAPositionItReadsFromTheBeginAnyway) {
  EXPECT_THAT(planned(topic(kafka::offset_none, {10, 100}), Target{Target::Kind::earliest, 0, {}}), IsEmpty());
  EXPECT_THAT(planned(topic(kafka::offset_none, {10, 100}, false), std::nullopt), IsEmpty());
}

TEST(DatabasePlan, AGapGoesToTheBegin) {
  const auto anew = planned(topic(50, {0, 20}), std::nullopt);
  ASSERT_EQ(anew.size(), 1u);
  EXPECT_EQ(anew[0].to, 0);
  EXPECT_THAT(anew[0].why, HasSubstr("made anew"));
  const auto eaten = planned(topic(50, {70, 100}, false), std::nullopt);
  ASSERT_EQ(eaten.size(), 1u);
  EXPECT_EQ(eaten[0].to, 70);
  EXPECT_THAT(eaten[0].why, HasSubstr("records 50..69 are gone"));
  EXPECT_THAT(planned(topic(50, {70, 100}, true), std::nullopt), IsEmpty()) << "compaction";
  EXPECT_THAT(planned(topic(50, {0, 100}, false), std::nullopt), IsEmpty());
}

TEST(DatabasePlan, APartitionThatIsNotThereIsRefused) {
  const auto plan = plan_database(topic(50, {0, 100}), {.to = std::nullopt, .partitions = {1}});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().error_class, ErrorClass::invalid);
}

}  // namespace
}  // namespace orders::reset
