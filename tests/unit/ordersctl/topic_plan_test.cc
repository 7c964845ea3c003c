#include "ordersctl/topic_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// The plan's topics as `topics create` makes them.
std::vector<TopicState> as_planned(const std::vector<TopicPlan>& plan) {
  std::vector<TopicState> states;
  for (const auto& topic : plan) states.push_back({4, topic.config, {}});
  return states;
}

class TopicCheck : public testing::Test {
 protected:
  std::vector<Finding> check() const { return check_topics(plan_, states_, config_); }
  void set(Role role, const std::string& name, const std::string& value) {
    (*states_[static_cast<std::size_t>(role)].config)[name] = value;
  }
  /// The one finding that is not ok.
  Finding only_finding() const {
    Finding found{Level::ok, "", "nothing is wrong", ""};
    int bad = 0;
    for (const auto& finding : check()) {
      if (finding.level == Level::ok) continue;
      found = finding;
      ++bad;
    }
    EXPECT_LE(bad, 1);
    return found;
  }

  config::Config config_;
  std::vector<TopicPlan> plan_ = topic_plan(config_);
  std::vector<TopicState> states_ = as_planned(plan_);
};

TEST_F(TopicCheck, FindsNothingWrongWithWhatIsCreated) {
  const auto findings = check();
  EXPECT_EQ(findings.size(), 5u);
  for (const auto& finding : findings) EXPECT_EQ(finding.level, Level::ok) << finding.topic << ": " << finding.what;
  EXPECT_FALSE(any_error(findings));
}

TEST_F(TopicCheck, NamesAMissingTopicAndHowToMakeIt) {
  states_[1] = {};
  const auto finding = only_finding();
  EXPECT_EQ(finding.level, Level::error);
  EXPECT_EQ(finding.topic, "payment-orders");
  EXPECT_EQ(finding.mend, "ordersctl topics create");
}

TEST_F(TopicCheck, NamesTheTopicsWhoseCountsDiffer) {
  states_[2].partitions = 6;
  const auto findings = check();
  EXPECT_TRUE(any_error(findings));
  EXPECT_EQ(findings.front().level, Level::error);
  EXPECT_EQ(findings.front().topic, "orders 4, payment-orders 4, stock-orders 6");
}

TEST_F(TopicCheck, LetsDeadLettersHaveAnotherCount) {
  states_[3].partitions = 1;
  EXPECT_EQ(only_finding().level, Level::ok);
}

TEST_F(TopicCheck, RefusesACompactedInput) {
  set(Role::payments, "cleanup.policy", "compact,delete");
  EXPECT_EQ(only_finding().level, Level::error);
}

TEST_F(TopicCheck, WarnsOfShortRetentionAndRefusesOneThatARebuildCantBear) {
  set(Role::stock, "retention.ms", std::to_string(Milliseconds(24h).count()));
  EXPECT_EQ(only_finding().level, Level::warn);
  // before = after = 10 s: a rebuild reads 40 s back; four times that is the least.
  set(Role::stock, "retention.ms", "159999");
  EXPECT_EQ(only_finding().level, Level::error);
  EXPECT_THAT(only_finding().mend, HasSubstr("--topic stock-orders --add-config retention.ms=604800000"));
  set(Role::stock, "retention.ms", "-1");
  EXPECT_EQ(only_finding().level, Level::ok);
}

TEST_F(TopicCheck, WarnsOfTimestampsWithoutALimit) {
  set(Role::payments, "message.timestamp.after.max.ms", "9223372036854775807");
  EXPECT_EQ(only_finding().level, Level::warn);
  states_[1].config->erase("message.timestamp.after.max.ms");
  EXPECT_EQ(only_finding().level, Level::warn);
}

TEST_F(TopicCheck, WarnsOfOrdersThatAreDeleted) {
  set(Role::orders, "cleanup.policy", "delete");
  set(Role::orders, "retention.ms", "604800000");
  EXPECT_EQ(only_finding().level, Level::warn);
  set(Role::orders, "retention.ms", "-1");
  EXPECT_EQ(only_finding().level, Level::ok);
}

TEST_F(TopicCheck, RefusesACompactedDeadLetterTopic) {
  set(Role::dead_letter, "cleanup.policy", "compact");
  EXPECT_EQ(only_finding().level, Level::error);
  EXPECT_EQ(only_finding().topic, "recovererDLQ");
}

TEST_F(TopicCheck, RefusesDrainMarksThatVanish) {
  set(Role::drained, "cleanup.policy", "delete");
  set(Role::drained, "retention.ms", "604800000");
  EXPECT_EQ(only_finding().level, Level::error);
}

TEST_F(TopicCheck, SaysWhenItCantLook) {
  states_[0].config.reset();
  states_[0].config_error = "not supported";
  const auto finding = only_finding();
  EXPECT_EQ(finding.level, Level::warn);
  EXPECT_THAT(finding.what, HasSubstr("not supported"));
}

TEST_F(TopicCheck, WarnsOfATopicThatTakesLessThanABatchWhateverLimitsRecordIs) {
  config_.limits.record = 32 * 1'024;
  set(Role::orders, "max.message.bytes", "1048588");
  EXPECT_EQ(only_finding().level, Level::ok);
  set(Role::orders, "max.message.bytes", "1048587");
  EXPECT_EQ(only_finding().level, Level::warn);
  EXPECT_THAT(only_finding().mend, HasSubstr("--topic orders --add-config max.message.bytes=1048588"));
}

TEST(TopicPlan, GivesRecordsTheirHeadersAndSmallOnesTheRoomOfABatch) {
  // librdkafka makes batches of up to 1,000,000 bytes (batch.size), and the broker's limit is one of batches.
  config::Limits limits;
  for (const std::uint64_t record : {1'024u, 32u * 1'024, 960u * 1'024 - 1}) {
    limits.record = record;
    EXPECT_EQ(needed_record_size(limits), 1'048'588) << record;
  }
  limits.record = 8u << 20;
  EXPECT_EQ(needed_record_size(limits), (8 << 20) + 65'536);
  config::Config config;
  config.limits.record = 1'024;
  for (const auto& topic : topic_plan(config)) {
    if (topic.role != Role::orders && topic.role != Role::dead_letter) continue;
    EXPECT_EQ(topic.config.at("max.message.bytes"), "1048588") << topic.name;
  }
}

TEST(TopicPlan, KeepsInputsForFourRebuildsAtLeast) {
  config::Join join;
  EXPECT_EQ(needed_retention(join), Milliseconds(24h * 7));
  join.before = 24h * 10;
  join.after = 24h * 5;
  join.grace = 24h;
  EXPECT_EQ(needed_retention(join), Milliseconds(24h * 128));
}

}  // namespace
}  // namespace orders::ctl
