// What the broker refuses of a unit of work, with librdkafka's embedded broker. It keeps aborted records: what a topic
// holds more than once was sent more than once.
#include "topology/unit_of_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/refusing_broker.h"
#include "order/key.h"
#include "topology/task.h"

namespace orders::topology {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RefusedUnit : public testing::Test {
 protected:
  void SetUp() override {
    options.origin = {"app", "one", "join"};
    options.topics.dead_letter = "dead";
    task = std::make_unique<Task>(0, options);
    ASSERT_TRUE(task->restore({}));
    auto created = kafka::Consumer::create(broker.connection(), {.group_id = "app", .group_instance_id = {}});
    ASSERT_TRUE(created) << created.error().text();
    consumer.emplace(*std::move(created));
  }
  void feed(Side side, std::int64_t id, const std::string& value) {
    const auto key = order::encode_key(id, config::KeyFormat::int64);
    task->process(side,
                  {.offset = task->next_offset(side),
                   .timestamp = from_millis(1'000 + id),
                   .timestamp_type = "CreateTime",
                   .key = key,
                   .value = value,
                   .headers = {}},
                  unit.outputs());
  }
  static std::string answer(std::int64_t id) {
    return R"({"orderId":)" + std::to_string(id) + R"(,"status":"ACCEPT","source":null})";
  }
  static std::string result(std::int64_t id) {
    return R"({"orderId":)" + std::to_string(id) + R"(,"status":"CONFIRMED","source":null})";
  }
  void feed_pairs(int count, int first = 1) {
    for (int id = first; id < first + count; ++id) {
      feed(Side::payment, id, answer(id));
      feed(Side::stock, id, answer(id));
    }
  }
  /// Until it succeeds, at once after each refusal, as the worker does: the classes of the failures on the way.
  std::vector<ErrorClass> commit() {
    std::vector<ErrorClass> failures;
    while (failures.size() < 20) {
      auto ready = unit.ready(*consumer);
      if (!ready) throw std::runtime_error(ready.error().text());
      const auto committed = unit.commit(task->positions(), *consumer, 10s);
      if (committed) return failures;
      failures.push_back(committed.error().error_class);
    }
    throw std::runtime_error("it goes on being refused");
  }
  std::vector<std::string> values(const std::string& topic) const {
    std::vector<std::string> values;
    for (const auto& record : broker.read_all(topic)) values.push_back(record.value.value_or("(null)"));
    return values;
  }

  test::RefusingBroker broker{{"payment-orders", "stock-orders", "orders", "dead"}};
  std::optional<kafka::Consumer> consumer;
  TaskOptions options;
  std::unique_ptr<Task> task;
  UnitOfWork unit{{.connection = broker.connection(),
                   .transactional_id = "app-one-0",
                   .results_topic = "orders",
                   .dead_letter_topic = "dead",
                   .stock_topic = "stock-orders",
                   .origin = {"app", "one", "join"}}};
};

TEST_F(RefusedUnit, OfABatchTheResultToBlameIsFoundAndTheOthersArePublished) {
  feed_pairs(3);
  broker.refuse(2);  // the batch of all three, and then the first by itself
  EXPECT_THAT(commit(), ElementsAre(ErrorClass::record, ErrorClass::record));
  EXPECT_THAT(values("orders"), ElementsAre(result(2), result(3)));
  const auto letters = broker.read_all("dead");
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0].value, answer(1));
  EXPECT_EQ(letters[0].headers.at("orders-reason"), "broker_refused");
  EXPECT_EQ(letters[0].headers.at("kafka_dlt-original-topic"), "stock-orders");
  EXPECT_EQ(unit.fates().refused, 1u);
  EXPECT_EQ(unit.fates().letters_dropped, 0u);
  EXPECT_TRUE(unit.outputs().records.empty());
}

TEST_F(RefusedUnit, TheLatencyIsOfTheResultsThatWerePublishedFromTheirTimestampToTheCommit) {
  EXPECT_EQ(unit.latency().total.count(), 0u);
  feed_pairs(3);
  broker.refuse(2);  // the first is to blame
  const auto before = wall_clock_now();
  EXPECT_THAT(commit(), SizeIs(2));
  const auto after = wall_clock_now();
  const auto latency = unit.latency();
  EXPECT_EQ(latency.total.count(), 2u);
  EXPECT_EQ(latency.recent.count(), 2u);
  EXPECT_GE(latency.total.max(), before - from_millis(1'002));
  EXPECT_LE(latency.total.max(), after - from_millis(1'002));
  feed_pairs(1, 7);
  unit.abandon();
  EXPECT_EQ(unit.latency().total.count(), 2u) << "what was not committed is no result";
}

TEST_F(RefusedUnit, TheTotalsAreOfWhatWasCommitted) {
  const auto letters = [&](failure::Reason reason) { return unit.totals().letters[static_cast<std::size_t>(reason)]; };
  feed_pairs(3);
  feed(Side::payment, 9, "no JSON");
  unit.outputs().lateness[0].add(Milliseconds{20});
  EXPECT_EQ(letters(failure::Reason::invalid_value), 0u) << "not yet";
  EXPECT_THAT(commit(), IsEmpty());
  EXPECT_EQ(letters(failure::Reason::invalid_value), 1u);
  EXPECT_EQ(unit.totals().lateness[0].count(), 1u);
  EXPECT_EQ(unit.totals().transactions.count(), 1u);
  EXPECT_EQ(unit.totals().commits.count(), 1u);
  EXPECT_LE(unit.totals().commits.max(), unit.totals().transactions.max());
  feed(Side::payment, 10, "no JSON");
  unit.abandon();
  EXPECT_THAT(commit(), IsEmpty());
  EXPECT_EQ(letters(failure::Reason::invalid_value), 1u) << "what was abandoned is counted when it is read again";
  EXPECT_EQ(unit.totals().lateness[0].count(), 1u);
  EXPECT_EQ(unit.totals().transactions.count(), 2u);
}

TEST_F(RefusedUnit, ABatchThatIsRefusedForItsSizeAloneGoesInSmallerOnes) {
  feed_pairs(40);
  broker.refuse(1);
  EXPECT_THAT(commit(), ElementsAre(ErrorClass::record));
  EXPECT_THAT(values("orders"), SizeIs(40));
  EXPECT_THAT(values("dead"), IsEmpty());
  EXPECT_EQ(unit.fates().refused, 0u);
  EXPECT_EQ(task->fates().joined, 80u);
}

TEST_F(RefusedUnit, ADeadLetterGoesWithoutItsValue) {
  feed(Side::payment, 1, "no JSON");
  broker.refuse(1);
  EXPECT_THAT(commit(), ElementsAre(ErrorClass::record));
  const auto letters = broker.read_all("dead");
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_FALSE(letters[0].value);
  EXPECT_EQ(letters[0].headers.at("orders-value-left-out"), "7 bytes, refused by the broker");
  EXPECT_EQ(unit.fates().letters_dropped, 0u);
}

TEST_F(RefusedUnit, ADeadLetterThatIsRefusedEvenSoIsDroppedAndCounted) {
  feed(Side::payment, 1, "no JSON");
  broker.refuse(2);
  EXPECT_THAT(commit(), ElementsAre(ErrorClass::record, ErrorClass::record));
  EXPECT_THAT(values("dead"), IsEmpty());
  EXPECT_EQ(unit.fates().letters_dropped, 1u);
  EXPECT_EQ(task->fates().invalid, 1u) << "its record has its fate nonetheless";
}

TEST_F(RefusedUnit, AResultIsDroppedOnlyWhenItsDeadLetterIsRefusedWithAndWithoutItsValue) {
  feed_pairs(1);
  broker.refuse(3);
  EXPECT_THAT(commit(), testing::AllOf(SizeIs(3), Each(ErrorClass::record)));
  EXPECT_THAT(values("orders"), IsEmpty());
  EXPECT_THAT(values("dead"), IsEmpty());
  EXPECT_EQ(unit.fates().refused, 1u);
  EXPECT_EQ(unit.fates().letters_dropped, 1u);
  feed_pairs(2, 7);
  EXPECT_THAT(commit(), IsEmpty()) << "the next unit is as any other";
  EXPECT_THAT(values("orders"), ElementsAre(result(7), result(8)));
}

TEST_F(RefusedUnit, ATransactionalIdThatIsNotAllowedIsNamedWithItsPermission) {
  broker.deny_transactions();
  const auto denied = unit.ready(*consumer);
  ASSERT_FALSE(denied);
  EXPECT_THAT(denied.error().message, testing::HasSubstr("app-one-0"));
  EXPECT_THAT(denied.error().hint, testing::HasSubstr("ACL Write on the transactional ids"));
  EXPECT_TRUE(unit.ready(*consumer)) << "once it is granted";
}

}  // namespace
}  // namespace orders::topology
