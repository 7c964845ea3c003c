// On librdkafka's embedded broker, which has no markers and looks nothing up by time: those are tested on a real one.
#include "kafka/topic_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "kafka/embedded_cluster.h"
#include "kafka/producer.h"

namespace orders::kafka {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Milliseconds timeout{30'000};

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}
void must(Result<> result) {
  if (!result) throw std::runtime_error(result.error().text());
}

class TheTopicReader : public testing::Test {
 protected:
  void write(const std::string& topic, std::int32_t partition, std::initializer_list<int> times) {
    if (!producer_) {
      producer_.emplace(must(TransactionalProducer::create(connection_, {.transactional_id = "test"})));
      must(producer_->init(timeout));
    }
    auto transaction = must(producer_->begin());
    for (const int time : times) {
      must(transaction.produce({.topic = topic,
                                .partition = partition,
                                .key = std::nullopt,
                                .value = topic + std::to_string(partition) + "@" + std::to_string(time),
                                .headers = {},
                                .timestamp = from_millis(time)}));
    }
    must(transaction.commit(timeout));
  }
  [[nodiscard]] std::vector<TopicPartition> all() const { return must(select(connection_, {{"b", "a"}, {}}, timeout)); }
  [[nodiscard]] TopicReader reader() { return must(TopicReader::create(connection_, {true, timeout}, wakeup_)); }
  /// Values of up to `most` records.
  static std::vector<std::string> read(TopicReader& reader, std::size_t most = 1'000) {
    std::vector<std::string> values;
    while (values.size() < most) {
      const auto record = must(reader.next([] { return true; }));
      if (!record) break;
      values.emplace_back(*record->value());
    }
    return values;
  }

  EmbeddedCluster cluster_ = must(EmbeddedCluster::start(
      std::vector<NewTopic>{{"a", 2, -1, {}}, {"b", 1, -1, {}}}));
  const Connection connection_{.bootstrap_servers = cluster_.bootstrap_servers(), .properties = {}};
  std::optional<TransactionalProducer> producer_;
  Wakeup wakeup_;
};

TEST_F(TheTopicReader, MergesPartitionsByTimeThenTopicThenNumber) {
  write("a", 0, {100, 300, 300});
  write("a", 1, {200, 300});
  write("b", 0, {50, 300, 400});
  auto reader = this->reader();
  must(reader.start(must(reader.resolve(all(), {}))));
  EXPECT_THAT(read(reader), ElementsAre("b0@50", "a0@100", "a1@200", "a0@300", "a0@300", "a1@300", "b0@300", "b0@400"));
  EXPECT_EQ(reader.passed(), 8u);
}

TEST_F(TheTopicReader, KeepsThePartitionsOrderWhereTimesFall) {
  write("a", 0, {500, 10, 600});
  write("b", 0, {100, 550});
  auto reader = this->reader();
  must(reader.start(must(reader.resolve(all(), {}))));
  EXPECT_THAT(read(reader), ElementsAre("b0@100", "a0@500", "a0@10", "b0@550", "a0@600"));
}

TEST_F(TheTopicReader, GoesOnTheSameFromWhatIsLeft) {
  write("a", 0, {100, 300, 500});
  write("b", 0, {200, 250, 400});
  std::vector<OffsetRange> left;
  {
    auto first = reader();
    must(first.start(must(first.resolve(all(), {}))));
    EXPECT_THAT(read(first, 3), ElementsAre("a0@100", "b0@200", "b0@250"));
    left = first.left();
  }
  auto second = reader();
  must(second.start(left));
  EXPECT_THAT(read(second), ElementsAre("a0@300", "b0@400", "a0@500"));
}

TEST_F(TheTopicReader, ReadsNoFurtherThanItsRange) {
  write("b", 0, {1, 2, 3, 4, 5, 6});
  auto reader = this->reader();
  must(reader.start({{{"b", 0}, 1, 4, 0}}));
  EXPECT_THAT(read(reader), ElementsAre("b0@2", "b0@3", "b0@4"));
  EXPECT_THAT(read(reader), IsEmpty());
}

TEST_F(TheTopicReader, StopsWaitingWhenToldSo) {
  auto reader = this->reader();
  must(reader.start({{{"b", 0}, 0, 10, 0}}));
  int asked = 0;
  const auto record = must(reader.next([&] { return ++asked < 3; }));
  EXPECT_FALSE(record);
  EXPECT_EQ(asked, 3);
}

TEST_F(TheTopicReader, SelectsWhatIsThere) {
  EXPECT_THAT(all(), ElementsAre(TopicPartition{"a", 0}, TopicPartition{"a", 1}, TopicPartition{"b", 0}));
  EXPECT_THAT(must(select(connection_, {{"a", "a"}, {1}}, timeout)), ElementsAre(TopicPartition{"a", 1}));
  EXPECT_EQ(select(connection_, {{"c"}, {}}, timeout).error().error_class, ErrorClass::not_found);
  EXPECT_EQ(select(connection_, {{"a"}, {2}}, timeout).error().error_class, ErrorClass::not_found);
}

}  // namespace
}  // namespace orders::kafka
