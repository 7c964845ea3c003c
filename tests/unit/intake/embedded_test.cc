// Intake as `ordersd --dev` runs it: the real producer on the embedded cluster, the real embedded database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "database/database.h"
#include "intake/engine.h"
#include "intake/publisher.h"
#include "kafka/consumer.h"
#include "kafka/embedded_cluster.h"
#include "order/key.h"

namespace orders::intake {
namespace {

using order::OrderId;

struct Read {
  std::string value;
  std::int32_t partition;
  std::int64_t offset;
};

class OnEmbedded : public testing::Test {
 protected:
  void SetUp() override {
    const std::array<kafka::NewTopic, 1> topics{{{"orders", 3, 1, {}}}};
    auto cluster = kafka::EmbeddedCluster::start(topics);
    ASSERT_TRUE(cluster) << cluster.error().text();
    cluster_.emplace(std::move(*cluster));
    database::Options options;
    options.config.backend = config::DatabaseBackend::embedded;
    options.application_id = "orders";
    options.topic = "orders";
    options.embedded_path = (folder_ / "database").string();
    auto database = database::open(options);
    ASSERT_TRUE(database) << database.error().text();
    database_ = std::move(*database);
    ASSERT_TRUE(database_->migrate());
    options_.connection.bootstrap_servers = cluster_->bootstrap_servers();
    options_.application_id = "orders";
    options_.instance_id = "one";
    options_.topic = "orders";
    options_.publish_timeout = Milliseconds(60'000);
  }
  ~OnEmbedded() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Nothing is in the table: what is asked for is published.
  static Result<std::vector<bool>> nothing_published(const std::vector<OrderId>& ids) {
    return std::vector<bool>(ids.size(), false);
  }

  /// All of `orders`, by id.
  std::multimap<OrderId, Read> read_topic(std::size_t expected) {
    std::multimap<OrderId, Read> records;
    auto consumer = kafka::Consumer::create(options_.connection, {});
    EXPECT_TRUE(consumer);
    std::vector<kafka::PartitionOffset> from;
    for (std::int32_t p = 0; p < 3; ++p) from.push_back({{"orders", p}, kafka::offset_beginning, ""});
    EXPECT_TRUE(consumer->assign(from));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while ((records.size() < expected || consumer->at_end().size() < 3) &&
           std::chrono::steady_clock::now() < deadline) {
      auto record = consumer->poll(Milliseconds(100));
      if (!record || !*record) continue;
      const auto id = order::decode_key((*record)->key().value_or(""), config::KeyFormat::int64);
      EXPECT_TRUE(id);
      records.emplace(id.value_or(0),
                      Read{std::string((*record)->value().value_or("")), (*record)->partition(), (*record)->offset()});
    }
    return records;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("intake_test." + std::to_string(::getpid()));
  std::optional<kafka::EmbeddedCluster> cluster_;
  std::unique_ptr<database::Database> database_;
  IntakeOptions options_;
};

Request request(int customer, const std::string& key = "") {
  Request request;
  request.customer_id = customer;
  request.items = {{0, "mug", 2, order::Price(1250, 2)}};
  request.idempotency_key = key;
  return request;
}

TEST_F(OnEmbedded, OrdersAreSavedAndStandOnTheTopicWhereTheClientWasTold) {
  auto intake = Intake::start(options_, *database_, nothing_published);
  ASSERT_TRUE(intake) << intake.error().text();
  std::vector<Request> requests;
  for (int i = 1; i <= 100; ++i) requests.push_back(request(i, "key-" + std::to_string(i)));
  auto futures = (*intake)->submit(std::move(requests));
  std::vector<Accepted> accepted;
  for (auto& future : futures) {
    auto result = future.get();
    ASSERT_TRUE(result) << result.error().text();
    EXPECT_TRUE(result->published);
    accepted.push_back(*result);
  }
  const auto records = read_topic(100);
  EXPECT_EQ(records.size(), 100u);
  for (const auto& one : accepted) {
    ASSERT_EQ(records.count(one.order.id), 1u);
    const auto& record = records.find(one.order.id)->second;
    EXPECT_EQ(record.value, order::to_json(one.order));
    EXPECT_EQ(record.partition, one.partition);
    EXPECT_EQ(record.offset, one.offset);
  }
  const auto session = database_->session();
  EXPECT_EQ(session->outbox_depth().value(), 0u);
  EXPECT_EQ(session->find(accepted[0].order.id).value()->order, accepted[0].order);

  std::vector<Request> again;
  again.push_back(request(1, "key-1"));
  const auto repeated = (*intake)->submit(std::move(again)).at(0).get();
  ASSERT_TRUE(repeated);
  EXPECT_TRUE(repeated->existed);
  EXPECT_EQ(repeated->order, accepted[0].order);
  (*intake)->stop();
  EXPECT_EQ(read_topic(100).size(), 100u);
}

TEST_F(OnEmbedded, WhatACrashLeftInTheOutboxIsPublishedByTheNextLife) {
  order::Order order;
  order.id = 4711;
  order.customer_id = 7;
  order.status = "NEW";
  order.items = {{1, "mug", 2, order::Price(1250, 2)}};
  const auto session = database_->session();
  const std::array<database::NewOrder, 1> saved{{{order, ""}}};
  ASSERT_TRUE(session->save_new(saved, "one"));
  auto intake = Intake::start(options_, *database_, nothing_published);
  ASSERT_TRUE(intake) << intake.error().text();
  const auto records = read_topic(1);
  ASSERT_EQ(records.count(4711), 1u);
  EXPECT_EQ(records.find(4711)->second.value, order::to_json(order));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (session->outbox_depth().value() > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(session->outbox_depth().value(), 0u);
  EXPECT_EQ(read_topic(1).size(), 1u);
}

}  // namespace
}  // namespace orders::intake
