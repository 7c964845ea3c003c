// Whose bytes a producer sends, with librdkafka's embedded broker.
#include "kafka/producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/refusing_broker.h"

namespace orders::kafka {
namespace {

using testing::ElementsAre;

constexpr Milliseconds timeout{30'000};

class Values : public testing::Test {
 protected:
  /// Begins a transaction whose records are sent by its commit, and not before.
  void begin(bool lent) {
    auto connection = broker_.connection();
    connection.properties["linger.ms"] = "9000";
    auto created = TransactionalProducer::create(connection, {.transactional_id = "test", .lent_values = lent});
    ASSERT_TRUE(created) << created.error().text();
    producer_.emplace(*std::move(created));
    ASSERT_TRUE(producer_->init(timeout));
    auto begun = producer_->begin();
    ASSERT_TRUE(begun) << begun.error().text();
    transaction_.emplace(*std::move(begun));
  }
  void produce(std::string value) {
    records_.push_back(
        {.topic = "orders", .key = std::nullopt, .value = std::move(value), .headers = {}, .timestamp = {}});
    const auto produced = transaction_->produce(records_.back());
    ASSERT_TRUE(produced) << produced.error().text();
  }
  std::vector<std::string> published() {
    const auto committed = transaction_->commit(timeout);
    if (!committed) throw std::runtime_error(committed.error().text());
    std::vector<std::string> values;
    for (const auto& record : broker_.read_all("orders")) values.push_back(record.value.value());
    return values;
  }

  test::RefusingBroker broker_{{"orders"}};
  std::vector<OutputRecord> records_;
  std::optional<TransactionalProducer> producer_;
  std::optional<Transaction> transaction_;
};

TEST_F(Values, AreCopiedWhenTheyAreQueued) {
  ASSERT_NO_FATAL_FAILURE(begin(false));
  ASSERT_NO_FATAL_FAILURE(produce(std::string(100, 'a')));
  records_[0].value->assign(100, 'b');
  EXPECT_THAT(published(), ElementsAre(std::string(100, 'a')));
}

TEST_F(Values, ThatAreLentAreReadWhenTheyAreSent) {
  ASSERT_NO_FATAL_FAILURE(begin(true));
  ASSERT_NO_FATAL_FAILURE(produce(std::string(100, 'a')));
  records_[0].value->assign(100, 'b');
  EXPECT_THAT(published(), ElementsAre(std::string(100, 'b')));
}

TEST_F(Values, ThatAreLentMayMoveWithTheirRecords) {
  ASSERT_NO_FATAL_FAILURE(begin(true));
  std::vector<std::string> values;
  for (std::size_t size = 0; size < 100; ++size) values.emplace_back(size, static_cast<char>('!' + size % 90));
  for (const auto& value : values) ASSERT_NO_FATAL_FAILURE(produce(value));  // records_ grows meanwhile
  auto moved = std::move(records_);
  for (auto& record : moved) records_.push_back(std::move(record));
  EXPECT_EQ(published(), values);
}

}  // namespace
}  // namespace orders::kafka
