// What a task makes of single records.
#include "topology/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "order/key.h"

namespace orders::topology {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SingleTask : public testing::Test {
 protected:
  void SetUp() override {
    options.dead_letter_time = [](Timestamp t) { return t; };
    options.record_limit = 200;
    task = std::make_unique<Task>(3, options);
    ASSERT_TRUE(task->restore({}));
  }
  void feed(Side side, std::optional<std::string> key, std::optional<std::string> value, std::int64_t time = 1'000,
            std::vector<kafka::HeaderView> headers = {}) {
    const auto view = [](const std::optional<std::string>& text) {
      return text ? std::optional<std::string_view>(*text) : std::nullopt;
    };
    task->process(side,
                  {.offset = offset++,
                   .timestamp = from_millis(time),
                   .timestamp_type = "CreateTime",
                   .key = view(key),
                   .value = view(value),
                   .headers = std::move(headers)},
                  outputs);
  }
  static std::string key(std::int64_t id) { return order::encode_key(id, config::KeyFormat::int64); }
  /// The reasons of the dead letters so far.
  std::vector<std::string> reasons() const {
    std::vector<std::string> reasons;
    for (const auto& record : outputs.records) {
      for (const auto& [name, value] : record.headers) {
        if (name == "orders-reason") reasons.push_back(*value);
      }
    }
    return reasons;
  }

  TaskOptions options;
  std::unique_ptr<Task> task;
  Outputs outputs;
  std::int64_t offset = 0;
};

TEST_F(SingleTask, ResultIsTheStockRecordWithStatusAndSourceReplaced) {
  feed(Side::payment, key(7), R"({"orderId":7,"status":"REJECT","source":"PAYMENT"})", 2'000);
  feed(Side::stock, key(7), R"({ "orderId": 7, "status": "ACCEPT", "source": "INVENTORY", "extra": [1.50] })", 1'500,
       {{"trace", "abc"}, {"trace", std::nullopt}});
  ASSERT_EQ(outputs.records.size(), 1u);
  const auto& result = outputs.records[0];
  EXPECT_EQ(result.topic, "orders");
  EXPECT_EQ(result.partition, 3);
  EXPECT_EQ(result.key, key(7));
  EXPECT_EQ(result.value, R"({ "orderId": 7, "status": "ROLLBACK", "source": "PAYMENT", "extra": [1.50] })");
  EXPECT_EQ(result.timestamp, from_millis(2'000));
  EXPECT_THAT(result.headers, ElementsAre(kafka::Header{"trace", "abc"}, kafka::Header{"trace", std::nullopt}));
}

TEST_F(SingleTask, HeadersOfAStockRecordThatWaitedAreKeptToo) {
  feed(Side::stock, key(7), R"({"orderId":7,"status":"ACCEPT"})", 1'500, {{"trace", "abc"}, {"empty", ""}});
  feed(Side::payment, key(7), R"({"orderId":7,"status":"ACCEPT"})");
  ASSERT_EQ(outputs.records.size(), 1u);
  EXPECT_THAT(outputs.records[0].headers, ElementsAre(kafka::Header{"trace", "abc"}, kafka::Header{"empty", ""}));
}

TEST_F(SingleTask, EachInvalidRecordIsADeadLetterWithItsReasonAndMovesNoStreamTime) {
  const std::string good = R"({"orderId":7,"status":"ACCEPT"})";
  feed(Side::payment, "short", good, 9'999'999);
  feed(Side::payment, key(7), "not json", 9'999'999);
  feed(Side::payment, key(8), good, 9'999'999);
  feed(Side::payment, key(7), R"({"orderId":7,"status":"CONFIRMED"})", 9'999'999);
  feed(Side::payment, key(7), good, -1);
  feed(Side::payment, key(7), good + std::string(200, ' '), 9'999'999);
  EXPECT_THAT(reasons(), ElementsAre("invalid_key", "invalid_value", "key_mismatch", "invalid_status",
                                     "invalid_timestamp", "too_large"));
  EXPECT_EQ(task->fates().invalid, 6u);
  EXPECT_EQ(task->stream_time(Side::payment), std::nullopt);
}

TEST_F(SingleTask, NullKeysAndValuesAreSkippedAndCounted) {
  feed(Side::stock, std::nullopt, R"({"orderId":7,"status":"ACCEPT"})");
  feed(Side::stock, key(7), std::nullopt);
  EXPECT_THAT(outputs.records, IsEmpty());
  EXPECT_EQ(task->fates().skipped, 2u);
  EXPECT_EQ(task->fates().read, 2u);
  EXPECT_EQ(task->next_offset(Side::stock), 2);
}

TEST_F(SingleTask, DropsWhatTheConfigurationSaysToDropAndCountsIt) {
  options.late = options.unmatched = config::Disposition::drop;
  feed(Side::payment, key(1), R"({"orderId":1,"status":"ACCEPT"})", 100'000);
  feed(Side::payment, key(2), R"({"orderId":2,"status":"ACCEPT"})", 1'000);    // late
  feed(Side::stock, key(3), R"({"orderId":3,"status":"ACCEPT"})", 1'000'000);  // leaves order 1 unmatched
  EXPECT_THAT(outputs.records, IsEmpty());
  EXPECT_EQ(task->fates().late, 1u);
  EXPECT_EQ(task->fates().unmatched, 1u);
}

TEST_F(SingleTask, CommitsTheOffsetBehindControlRecordsOnceTheEndIsSeen) {
  feed(Side::payment, key(1), R"({"orderId":1,"status":"ACCEPT"})");
  task->skip_to(Side::payment, 2);  // the end: a commit marker stands at 1
  const auto positions = task->positions();
  ASSERT_EQ(positions.size(), 2u);
  EXPECT_EQ(positions[0].at, (kafka::TopicPartition{"payment-orders", 3}));
  EXPECT_EQ(positions[0].offset, 2);
  EXPECT_EQ(positions[1].offset, 0);
}

}  // namespace
}  // namespace orders::topology
