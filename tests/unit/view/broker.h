// The embedded broker with an `orders` topic, and a producer to fill it: what the views' tests stand on.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "../../support/wait_until.h"
#include "kafka/consumer.h"
#include "kafka/embedded_cluster.h"
#include "kafka/producer.h"
#include "order/key.h"
#include "view/view.h"

namespace orders::view {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}
inline void must(Result<> result) {
  if (!result) throw std::runtime_error(result.error().text());
}

/// Long enough for a slow machine; a test that passes does not wait for it.
constexpr Milliseconds long_enough{30'000};

class Broker {
 public:
  static constexpr std::int32_t partitions = 3;

  Broker() : cluster_(must(kafka::EmbeddedCluster::start(topics()))) {}

  [[nodiscard]] ViewOptions options() const {
    ViewOptions options;
    options.connection.bootstrap_servers = cluster_.bootstrap_servers();
    options.application_id = "app";
    options.instance_id = "one";
    options.topic = "orders";
    options.dead_letter_topic = "dead";
    options.session_timeout = Milliseconds{4'000};  // the broker gathers a group for 3 s
    options.retry = {.initial = Milliseconds{20}, .multiplier = 2, .max = Milliseconds{100}};
    return options;
  }

  /// One transaction.
  void produce(const std::vector<kafka::OutputRecord>& records) {
    if (!producer_) {
      producer_ = must(kafka::TransactionalProducer::create(options().connection, {.transactional_id = "test"}));
      must(producer_->init(long_enough));
    }
    auto transaction = must(producer_->begin());
    for (const auto& record : records) must(transaction.produce(record));
    must(transaction.commit(long_enough));
  }
  static kafka::OutputRecord record(order::OrderId id, std::optional<std::string> value) {
    return {.topic = "orders",
            .partition = static_cast<std::int32_t>(id % partitions),
            .key = order::encode_key(id, config::KeyFormat::int64),
            .value = std::move(value),
            .headers = {},
            .timestamp = {}};
  }

  /// A record that outlives its consumer, which a kafka::Record must not.
  struct Copy {
    std::optional<std::string> key, value;
    std::map<std::string, std::string> headers;
  };
  /// Everything that a topic holds once its ends are met.
  std::vector<Copy> read_all(const std::string& topic, std::int32_t partition_count) {
    auto consumer = must(kafka::Consumer::create(options().connection, {}));
    std::vector<kafka::PartitionOffset> offsets;
    for (std::int32_t p = 0; p < partition_count; ++p) offsets.push_back({{topic, p}, kafka::offset_beginning, {}});
    must(consumer.assign(offsets));
    std::vector<Copy> records;
    while (consumer.at_end().size() < offsets.size()) {
      auto record = must(consumer.poll(Milliseconds{100}));
      if (!record) continue;
      Copy copy{.key = std::optional<std::string>(record->key()),
                .value = std::optional<std::string>(record->value()),
                .headers = {}};
      for (const auto& header : record->headers()) copy.headers[std::string(header.name)] = header.value.value_or("");
      records.push_back(std::move(copy));
    }
    return records;
  }

 private:
  static std::vector<kafka::NewTopic> topics() {
    return {{.name = "orders", .partitions = partitions, .replication_factor = 1, .config = {}},
            {.name = "dead", .partitions = 1, .replication_factor = 1, .config = {}}};
  }
  kafka::EmbeddedCluster cluster_;
  std::optional<kafka::TransactionalProducer> producer_;
};

inline bool becomes(const View& view, ViewStatus::State state) {
  return test::wait_until(long_enough, [&] { return view.status().state == state; });
}
/// For a reason that has `part` in it. Others may come first: on a slow machine the broker's answers take too long.
inline bool is_degraded_by(const View& view, const std::string& part) {
  return test::wait_until(long_enough, [&] {
    const auto status = view.status();
    return status.state == ViewStatus::State::degraded && status.reason.find(part) != std::string::npos;
  });
}

}  // namespace orders::view
