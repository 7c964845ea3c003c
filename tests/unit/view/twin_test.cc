// A view that is fenced: once it may be itself, twice within a minute it is a twin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
// After rdkafka.h, whose macros it needs.
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <future>

#include "../../support/wait_until.h"
#include "base/twin_rule.h"
#include "broker.h"
#include "fake_database.h"

namespace orders::view {
namespace {

using namespace std::chrono_literals;
using State = ViewStatus::State;
using ::testing::HasSubstr;

TwinRule::Clock::time_point at(std::chrono::milliseconds since_start) {
  return TwinRule::Clock::time_point{} + 1h + since_start;
}

TEST(TwinRule, TheFirstFencingIsNoTwinAndTheSecondWithinAMinuteIs) {
  TwinRule rule;
  EXPECT_FALSE(rule.is_twin(at(0s)));
  EXPECT_TRUE(rule.is_twin(at(59s + 999ms)));
}

TEST(TwinRule, FencingsAMinuteApartAreNoTwin) {
  TwinRule rule;
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(rule.is_twin(at(i * 60s)));
  EXPECT_TRUE(rule.is_twin(at(999 * 60s + 1ms)));
}

/// librdkafka's embedded broker by itself: kafka::EmbeddedCluster keeps to itself what makes it fence.
class FencingBroker {
 public:
  FencingBroker() {
    std::array<char, 512> reason{};
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, nullptr, reason.data(), reason.size());
    if (client_ == nullptr) throw std::runtime_error(reason.data());
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
    if (cluster_ == nullptr) throw std::runtime_error("the embedded broker can't listen");
    rd_kafka_mock_topic_create(cluster_, "orders", Broker::partitions, 1);
  }
  FencingBroker(const FencingBroker&) = delete;
  FencingBroker& operator=(const FencingBroker&) = delete;
  ~FencingBroker() {
    if (cluster_ != nullptr) rd_kafka_mock_cluster_destroy(cluster_);
    if (client_ != nullptr) rd_kafka_destroy(client_);
  }

  [[nodiscard]] ViewOptions options() const {
    ViewOptions options;
    options.connection.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster_);
    options.application_id = "app";
    options.instance_id = "one";
    options.topic = "orders";
    options.dead_letter_topic = "dead";
    options.session_timeout = Milliseconds{4'000};  // as Broker's
    // Within the rule's minute nobody may wait for this: it belongs to the database.
    options.retry = {.initial = Milliseconds{600'000}, .multiplier = 1, .max = Milliseconds{600'000}};
    return options;
  }
  /// The next heartbeat is answered as the broker does when another process has joined as the same member.
  void fence() {
    constexpr std::int16_t heartbeat = 12;
    rd_kafka_mock_push_request_errors(cluster_, heartbeat, 1, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
  }
  void produce(const kafka::OutputRecord& record) {
    auto producer = must(kafka::TransactionalProducer::create(options().connection, {.transactional_id = "test"}));
    must(producer.init(long_enough));
    auto transaction = must(producer.begin());
    must(transaction.produce(record));
    must(transaction.commit(long_enough));
  }

 private:
  rd_kafka_t* client_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

TEST(DatabaseViewTwin, FencedOnceItJoinsAgainAndGoesOnFencedTwiceInAMinuteItLeavesAndSaysSo) {
  FencingBroker broker;
  FakeDatabase database;
  std::promise<Error> failed;
  auto failure = failed.get_future();
  auto view = must(
      DatabaseView::start(broker.options(), database, [&](const Error& error) { failed.set_value(error); }));
  ASSERT_TRUE(becomes(*view, State::current));

  broker.fence();
  ASSERT_TRUE(is_degraded_by(*view, "FENCED_INSTANCE_ID"));
  broker.produce(Broker::record(7, order_json(7, "NEW")));
  ASSERT_TRUE(becomes(*view, State::current));
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return database.statuses().contains(7); }));
  EXPECT_EQ(failure.wait_for(0s), std::future_status::timeout);

  broker.fence();
  ASSERT_TRUE(becomes(*view, State::stopped));
  EXPECT_EQ(view->status().stopped_by, ErrorClass::fenced);
  ASSERT_EQ(failure.wait_for(long_enough), std::future_status::ready);
  const auto error = failure.get();
  EXPECT_EQ(error.error_class, ErrorClass::fenced);
  EXPECT_THAT(error.text(), HasSubstr("instance_id")) << "it says what to change";
}

}  // namespace
}  // namespace orders::view
