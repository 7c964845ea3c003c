// A worker with librdkafka's embedded broker, which gathers a group for three seconds.
#include "topology/worker.h"

#include <gtest/gtest.h>

#include <atomic>

#include "../../support/refusing_broker.h"
#include "../../support/temp_folder.h"
#include "../../support/wait_until.h"
#include "base/guarded_thread.h"
#include "kafka/producer.h"
#include "order/key.h"

namespace orders::topology {
namespace {

using namespace std::chrono_literals;
using test::wait_until;

class AWorker : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(marker.read({"cluster", {"payment-orders", "stock-orders"}}));
    options.name = "one-0";
    options.group_id = "app";
    options.connection = broker.connection();
    options.connection.embedded = true;  // it keeps no offsets of transactions
    options.partitions = 1;
    options.marker = &marker;
    options.gathering = &gathering;
    options.task.origin = {"app", "one", "join"};
  }

  void answer(const std::string& topic, std::int64_t id) {
    auto producer = kafka::TransactionalProducer::create(broker.connection(), {.transactional_id = "test"});
    ASSERT_TRUE(producer && producer->init(30s));
    auto transaction = producer->begin();
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(
        transaction->produce({.topic = topic,
                              .partition = 0,
                              .key = order::encode_key(id, config::KeyFormat::int64),
                              .value = R"({"orderId":)" + std::to_string(id) + R"(,"status":"ACCEPT","source":null})",
                              .headers = {},
                              .timestamp = from_millis(1'000 + id)}));
    ASSERT_TRUE(transaction->commit(30s));
  }

  test::RefusingBroker broker{{"payment-orders", "stock-orders", "orders", "recovererDLQ"}};
  test::TempFolder folder;
  RunMarker marker{folder.path() / "join.run"};
  std::atomic<bool> gathering{true};
  WorkerOptions options;
};

TEST_F(AWorker, ReadsNothingWhileOthersAreOnTheirWay) {
  answer("payment-orders", 1);
  Worker worker(options);
  std::vector<std::string> failures;
  GuardedThread thread(
      "worker", [&](const std::stop_token& stop) { return worker.run(stop); },
      [&](const Error& error) { failures.push_back(error.text()); });
  ASSERT_TRUE(wait_until(30s, [&] { return worker.state() == WorkerStatus::State::running; }));
  for (int round = 0; round < 3; ++round) {
    // Another reader has come, has been served and is gone: so would the worker have been.
    EXPECT_EQ(broker.read_all("payment-orders").size(), 1u);
    const auto page = worker.waiting({}, 30s);
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->records.empty());
  }

  answer("stock-orders", 1);
  gathering = false;
  EXPECT_TRUE(wait_until(30s, [&] { return worker.report().fates.joined == 2; }));
  thread.stop();
  EXPECT_EQ(broker.read_all("orders").size(), 1u);
  EXPECT_TRUE(failures.empty());
}

}  // namespace
}  // namespace orders::topology
