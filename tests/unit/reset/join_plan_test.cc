#include "reset/join_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "topology/commit_metadata.h"

namespace orders::reset {
namespace {

using kafka::offset_none;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string metadata(std::int64_t from) {
  topology::CommitMetadata metadata;
  metadata.start.from.offset = from;
  return topology::encode(metadata);
}

/// A partition in good order: 0..100 is there, 50 committed, the rebuild begins at 40.
Task sound(std::int32_t partition) {
  Task task;
  task.inputs[0] = {{"payments", partition}, 50, metadata(40), {0, 100}, -1};
  task.inputs[1] = {{"stock", partition}, 50, metadata(40), {0, 100}, -1};
  return task;
}

Situation two_partitions() { return {{sound(0), sound(1)}, 2}; }

JoinPlan planned(const Situation& situation, const JoinRequest& request) {
  auto plan = plan_join(situation, request);
  EXPECT_TRUE(plan) << plan.error().text();
  return plan.value_or(JoinPlan{});
}

/// "payments[0] 50>10", a line for each step.
std::vector<std::string> moves(const JoinPlan& plan) {
  std::vector<std::string> texts;
  for (const auto& step : plan.steps) {
    const auto from = step.from == offset_none ? "none" : std::to_string(step.from);
    texts.push_back(step.at.text() + " " + from + ">" + std::to_string(step.to));
  }
  return texts;
}

const JoinRequest accept{.to = {}, .accept_gap = true, .partitions = {}, .topic = {}};

JoinRequest to(Target::Kind kind, std::int64_t offset = 0) {
  return {.to = Target{kind, offset, {}}, .accept_gap = false, .partitions = {}, .topic = {}};
}

// --- to a place

TEST(ToAPlace, BothSidesOfEveryPartitionGo) {
  EXPECT_THAT(moves(planned(two_partitions(), to(Target::Kind::earliest))),
              ElementsAre("payments[0] 50>0", "stock[0] 50>0", "payments[1] 50>0", "stock[1] 50>0"));
}

TEST(ToAPlace, ATimeIsLookedUpOnEachSide) {
  auto situation = two_partitions();
  situation.tasks[0].inputs[0].at_time = 20;
  situation.tasks[0].inputs[1].at_time = 30;
  auto request = to(Target::Kind::time);
  request.partitions = {0};
  EXPECT_THAT(moves(planned(situation, request)), ElementsAre("payments[0] 50>20", "stock[0] 50>30"));
}

TEST(ToAPlace, TheOtherSideStaysAndLosesItsMetadata) {
  auto request = to(Target::Kind::offset, 7);
  request.topic = "stock";
  request.partitions = {1};
  EXPECT_THAT(moves(planned(two_partitions(), request)), ElementsAre("payments[1] 50>50", "stock[1] 50>7"));
}

TEST(ToAPlace, WhatIsThereAlreadyNeedsNothing) {
  auto situation = two_partitions();
  for (auto& task : situation.tasks) {
    for (auto& input : task.inputs) input = {input.at, 0, "", {0, 100}, -1};
  }
  EXPECT_TRUE(planned(situation, to(Target::Kind::earliest)).empty());
}

TEST(ToAPlace, WithoutOffsetsThereIsNoCurrentOne) {
  auto situation = two_partitions();
  situation.tasks[1].inputs[1].committed = offset_none;
  const auto plan = plan_join(situation, to(Target::Kind::current));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(plan.error().text(), AllOf(HasSubstr("stock[1]"), HasSubstr("--accept-gap")));
}

TEST(ToAPlace, WhatIsNotThereIsRefused) {
  auto request = to(Target::Kind::earliest);
  request.partitions = {2};
  EXPECT_EQ(plan_join(two_partitions(), request).error().error_class, ErrorClass::invalid);
  request = to(Target::Kind::offset, 101);
  request.topic = "stock";
  EXPECT_EQ(plan_join(two_partitions(), request).error().error_class, ErrorClass::invalid);
  request.topic = "orders";
  EXPECT_THAT(plan_join(two_partitions(), request).error().message, HasSubstr("payments and stock"));
}

TEST(ToAPlace, WithAnotherNumberOfPartitionsNeedsTheGapAccepted) {
  auto situation = two_partitions();
  situation.ran_with = 1;
  auto request = to(Target::Kind::earliest);
  const auto refused = plan_join(situation, request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::refused);
  EXPECT_THAT(refused.error().text(), AllOf(HasSubstr("2 partitions, and had 1"), HasSubstr("--accept-gap")));
  request.accept_gap = true;
  const auto plan = planned(situation, request);
  EXPECT_THAT(plan.forgets_run, HasSubstr("had 1"));
  EXPECT_EQ(plan.steps.size(), 4u);
}

// --- gaps

TEST(AcceptingGaps, WhereThereIsNoneDoesNothing) {
  EXPECT_TRUE(planned(two_partitions(), accept).empty());
  auto fresh = two_partitions();
  fresh.ran_with = 0;
  for (auto& task : fresh.tasks) {
    for (auto& input : task.inputs) input = {input.at, offset_none, "", {0, 100}, -1};
  }
  EXPECT_TRUE(planned(fresh, accept).empty()) << "a first start";
}

TEST(AcceptingGaps, AnOffsetThatIsGoneBeginsWhereTheInputBegins) {
  auto situation = two_partitions();
  situation.tasks[1].inputs[1] = {{"stock", 1}, offset_none, "", {5, 100}, -1};
  const auto plan = planned(situation, accept);
  EXPECT_THAT(moves(plan), ElementsAre("payments[1] 50>50", "stock[1] none>5"));
  EXPECT_THAT(plan.steps[1].why, AllOf(HasSubstr("5..100"), HasSubstr("published once more")));
}

TEST(AcceptingGaps, AGroupThatIsGoneBeginsEverywhereAnew) {
  auto situation = two_partitions();
  for (auto& task : situation.tasks) {
    for (auto& input : task.inputs) input = {input.at, offset_none, "", {0, 100}, -1};
  }
  EXPECT_EQ(planned(situation, accept).steps.size(), 4u) << "join.run says that it has run";
}

TEST(AcceptingGaps, OffsetsOfAPartitionThatAreGoneAreToldByJoinRun) {
  auto situation = two_partitions();
  for (auto& input : situation.tasks[1].inputs) input = {input.at, offset_none, "", {0, 100}, -1};
  EXPECT_TRUE(planned(situation, accept).empty()) << "a new partition";
  situation.tasks[1].committed_before = true;
  EXPECT_THAT(moves(planned(situation, accept)), ElementsAre("payments[1] none>0", "stock[1] none>0"));
}

TEST(AcceptingGaps, RecordsThatAreGoneAreCountedAndTheOffsetStays) {
  auto situation = two_partitions();
  situation.tasks[0].inputs[0].marks.low = 45;
  const auto plan = planned(situation, accept);
  EXPECT_THAT(moves(plan), ElementsAre("payments[0] 50>50", "stock[0] 50>50"));
  EXPECT_THAT(plan.steps[0].why, AllOf(HasSubstr("records 40..44 are gone"), HasSubstr("unmatched")));
  situation.tasks[0].buffered = true;
  EXPECT_TRUE(planned(situation, accept).empty()) << "the buffer on disk has them";
}

TEST(AcceptingGaps, RecordsThatWereNeverReadAreToldApart) {
  auto situation = two_partitions();
  situation.tasks[0].inputs[0].marks.low = 60;
  const auto plan = planned(situation, accept);
  EXPECT_THAT(moves(plan), ElementsAre("payments[0] 50>60", "stock[0] 50>50"));
  EXPECT_THAT(plan.steps[0].why,
              AllOf(HasSubstr("records 40..49 are gone"), HasSubstr("records 50..59 are gone and were never read")));
  situation.tasks[0].inputs[0].metadata.clear();
  EXPECT_THAT(planned(situation, accept).steps[0].why, testing::StartsWith("records 50..59 are gone and were never"));
}

TEST(AcceptingGaps, ATopicThatWasMadeAnewIsReadFromItsBegin) {
  auto situation = two_partitions();
  situation.tasks[0].inputs[1].marks = {0, 20};
  const auto plan = planned(situation, accept);
  EXPECT_THAT(moves(plan), ElementsAre("payments[0] 50>50", "stock[0] 50>0"));
  EXPECT_THAT(plan.steps[1].why,
              AllOf(HasSubstr("ends at 20, and 50 was committed"), HasSubstr("nothing of it is lost")));
}

TEST(AcceptingGaps, MetadataThatCannotBeReadIsTakenAway) {
  for (const auto* text : {"2 t=5 x=7", "1 t=5"}) {
    auto situation = two_partitions();
    situation.tasks[1].inputs[0].metadata = text;
    const auto plan = planned(situation, accept);
    EXPECT_THAT(moves(plan), ElementsAre("payments[1] 50>50", "stock[1] 50>50"));
    EXPECT_THAT(plan.steps[0].why, AllOf(HasSubstr("metadata"), HasSubstr("nothing is lost")));
  }
}

TEST(AcceptingGaps, APartitionThatIsNamedBeginsAnewWhateverIsSeen) {
  auto request = accept;
  request.partitions = {1};
  EXPECT_THAT(moves(planned(two_partitions(), request)), ElementsAre("payments[1] 50>50", "stock[1] 50>50"));
  auto situation = two_partitions();
  situation.tasks[0].inputs[0].marks.low = 45;
  EXPECT_THAT(moves(planned(situation, request)), ElementsAre("payments[1] 50>50", "stock[1] 50>50"));
}

TEST(AcceptingGaps, AnotherNumberOfPartitionsTakesJoinRunAway) {
  auto situation = two_partitions();
  situation.ran_with = 3;
  const auto plan = planned(situation, accept);
  EXPECT_THAT(plan.steps, IsEmpty());
  EXPECT_THAT(plan.forgets_run, HasSubstr("2 partitions, and had 3"));
  EXPECT_FALSE(plan.empty());
}

}  // namespace
}  // namespace orders::reset
