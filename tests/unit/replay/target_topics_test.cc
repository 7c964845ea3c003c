#include "replay/target_topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "order/key.h"

namespace orders::replay {
namespace {

using config::KeyFormat;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Timestamp now = from_millis(1'769'860'800'000);
constexpr std::chrono::hours hour{1};

Load load_of(std::initializer_list<Timestamp> times, std::int32_t partition = 0) {
  Load load;
  for (const auto time : times)
    load.add({.topic = "t", .partition = partition, .timestamp = time, .key = {}, .value = {}, .headers = {}});
  return load;
}

std::vector<std::string> against(const Load& load, const std::map<std::string, std::string>& config,
                                 const Rewriting& rewriting = {}) {
  return objections("t", load, limits_of(2, config), rewriting, now);
}

TEST(TargetTopics, TakeWhatTheyWouldKeep) {
  const std::map<std::string, std::string> config = {{"cleanup.policy", "delete"},
                                                     {"retention.ms", "604800000"},
                                                     {"message.timestamp.type", "CreateTime"},
                                                     {"message.timestamp.before.max.ms", "9223372036854775807"},
                                                     {"message.timestamp.after.max.ms", "3600000"}};
  EXPECT_THAT(against(load_of({now - 100 * hour, now + hour}), config), IsEmpty());
  EXPECT_THAT(against(load_of({now - 169 * hour}), config),
              ElementsAre(AllOf(HasSubstr("older than P7D (retention.ms 604800000)"), HasSubstr("2026-01-24T11:00:00"),
                                HasSubstr("--timestamps now"))));
  EXPECT_THAT(against(load_of({now + hour + Milliseconds{1}}), config),
              ElementsAre(HasSubstr("message.timestamp.after.max.ms 3600000")));
  EXPECT_THAT(against(load_of({now - 1'000 * hour}), {{"cleanup.policy", "compact"}, {"retention.ms", "1"}}),
              IsEmpty());
  EXPECT_THAT(against(load_of({now - 1'000 * hour}), {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}}),
              IsEmpty());
}

TEST(TargetTopics, HaveTheBrokersLimits) {
  EXPECT_THAT(against(load_of({now - 2 * hour}), {{"message.timestamp.before.max.ms", "3600000"}}),
              ElementsAre(HasSubstr("message.timestamp.before.max.ms 3600000")));
  const std::map<std::string, std::string> of_old = {{"message.timestamp.difference.max.ms", "3600000"}};
  EXPECT_EQ(against(load_of({now - 2 * hour}), of_old).size(), 1u);
  EXPECT_EQ(against(load_of({now + 2 * hour}), of_old).size(), 1u);
  EXPECT_THAT(against(load_of({now}), {{"message.timestamp.type", "LogAppendTime"}}),
              ElementsAre(HasSubstr("LogAppendTime")));
}

TEST(TargetTopics, AreNotAskedWhenTheRecordsAreDatedAnew) {
  EXPECT_THAT(against(load_of({from_millis(-5)}), {{"cleanup.policy", "delete"}, {"retention.ms", "1"}},
                      {.prefix = {}, .keep_partitions = true, .keep_timestamps = false}),
              IsEmpty());
}

TEST(TargetTopics, CantKeepAnImpossibleTimestamp) {
  for (const auto millis : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0}}) {
    EXPECT_THAT(against(load_of({from_millis(millis)}), {{"message.timestamp.before.max.ms", "9223372036854775807"}}),
                ElementsAre(HasSubstr("can't be kept")));
  }
  EXPECT_EQ(against(load_of({Timestamp::max()}), {{"message.timestamp.after.max.ms", "3600000"}}).size(), 1u);
}

TEST(TargetTopics, NeedTheRecordsPartitions) {
  EXPECT_THAT(against(load_of({now}, 1), {}), IsEmpty());
  EXPECT_THAT(against(load_of({now}, 2), {}), ElementsAre(HasSubstr("--partitioning by-key")));
  EXPECT_THAT(against(load_of({now}, 2), {}, {.prefix = {}, .keep_partitions = false, .keep_timestamps = true}),
              IsEmpty());
  EXPECT_THAT(objections("t", load_of({now}), {}, {}, now), ElementsAre(HasSubstr("topic t is not there")));
}

TEST(Rewriting, ChangesNothingButWhatItIsToldTo) {
  const Record record{.topic = "orders",
                      .partition = 3,
                      .offset = 9,
                      .timestamp = now,
                      .key = "k",
                      .value = std::nullopt,
                      .headers = {{"a", "1"}, {"b", std::nullopt}}};
  const auto same = Rewriting{}.apply(record);
  EXPECT_EQ(same.topic, "orders");
  EXPECT_EQ(same.partition, 3);
  EXPECT_EQ(same.timestamp, now);
  EXPECT_EQ(same.key, "k");
  EXPECT_EQ(same.value, std::nullopt);
  EXPECT_EQ(same.headers, record.headers);
  const auto other = Rewriting{"copy-", false, false}.apply(record);
  EXPECT_EQ(other.topic, "copy-orders");
  EXPECT_EQ(other.partition, any_partition);
  EXPECT_EQ(other.timestamp, std::nullopt);
}

TEST(KeyFilter, PassesTheRecordsOfItsOrders) {
  const std::vector<order::OrderId> ids = {7, -1};
  const KeyFilter some(ids, KeyFormat::int64);
  EXPECT_TRUE(some.passes(order::encode_key(7, KeyFormat::int64)));
  EXPECT_TRUE(some.passes(order::encode_key(-1, KeyFormat::int64)));
  EXPECT_FALSE(some.passes("7"));
  EXPECT_FALSE(some.passes(std::nullopt));
  EXPECT_TRUE(KeyFilter(ids, KeyFormat::string).passes("7"));
  EXPECT_TRUE(KeyFilter({}, KeyFormat::string).passes(std::nullopt));
}

}  // namespace
}  // namespace orders::replay
