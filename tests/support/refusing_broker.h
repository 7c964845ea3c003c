// librdkafka's embedded broker by itself: kafka::EmbeddedCluster keeps to itself what makes it refuse.
#pragma once

#include <librdkafka/rdkafka.h>
// After rdkafka.h, whose macros it needs.
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kafka/consumer.h"

namespace orders::test {

/// One partition for each topic.
class RefusingBroker {
 public:
  explicit RefusingBroker(const std::vector<std::string>& topics) {
    std::array<char, 512> reason{};
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, nullptr, reason.data(), reason.size());
    if (client_ == nullptr) throw std::runtime_error(reason.data());
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
    if (cluster_ == nullptr) throw std::runtime_error("the embedded broker can't listen");
    for (const auto& topic : topics) rd_kafka_mock_topic_create(cluster_, topic.c_str(), 1, 1);
  }
  RefusingBroker(const RefusingBroker&) = delete;
  RefusingBroker& operator=(const RefusingBroker&) = delete;
  ~RefusingBroker() {
    if (cluster_ != nullptr) rd_kafka_mock_cluster_destroy(cluster_);
    if (client_ != nullptr) rd_kafka_destroy(client_);
  }

  [[nodiscard]] kafka::Connection connection() const {
    // What is written together is sent together, when it is flushed, however slowly it is written.
    return {.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster_), .properties = {{"linger.ms", "2000"}}};
  }
  /// The next so many batches, whatever they hold.
  void refuse(int batches) {
    constexpr std::int16_t produce = 0;
    for (int i = 0; i < batches; ++i)
      rd_kafka_mock_push_request_errors(cluster_, produce, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  }

  /// The next producer that begins with its transactional id, for want of an ACL.
  void deny_transactions() {
    constexpr std::int16_t init_producer_id = 22;
    rd_kafka_mock_push_request_errors(cluster_, init_producer_id, 1,
                                      RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  }

  /// The next transaction that writes anywhere: its producer is lost with it.
  void lose_producer() {
    constexpr std::int16_t add_partitions_to_txn = 24;
    rd_kafka_mock_push_request_errors(cluster_, add_partitions_to_txn, 1, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE);
  }

  /// A record that outlives its consumer, which a kafka::Record must not.
  struct Copy {
    std::optional<std::string> key, value;
    std::map<std::string, std::string> headers;
  };
  /// What stands on a topic, that of aborted transactions too.
  [[nodiscard]] std::vector<Copy> read_all(const std::string& topic) const {
    auto consumer = kafka::Consumer::create(connection(), {});
    if (!consumer) throw std::runtime_error(consumer.error().text());
    const kafka::PartitionOffset begin{{topic, 0}, kafka::offset_beginning, {}};
    if (auto assigned = consumer->assign({&begin, 1}); !assigned) throw std::runtime_error(assigned.error().text());
    std::vector<Copy> records;
    while (consumer->at_end().empty()) {
      auto record = consumer->poll(Milliseconds{100});
      if (!record) throw std::runtime_error(record.error().text());
      if (!*record) continue;
      auto& copy = records.emplace_back();
      if (const auto key = (*record)->key()) copy.key = *key;
      if (const auto value = (*record)->value()) copy.value = *value;
      for (const auto& header : (*record)->headers())
        copy.headers[std::string(header.name)] = header.value.value_or("");
    }
    return records;
  }

 private:
  rd_kafka_t* client_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace orders::test
