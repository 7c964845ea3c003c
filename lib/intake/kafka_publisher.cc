#include <array>
#include <utility>

#include "base/failpoint.h"
#include "intake/publisher.h"
#include "kafka/producer.h"
#include "order/key.h"

namespace orders::intake {
namespace {

class KafkaPublisher : public Publisher {
 public:
  KafkaPublisher(kafka::TransactionalProducer producer, std::string topic, config::KeyFormat key_format)
      : producer_(std::move(producer)), topic_(std::move(topic)), key_format_(key_format) {}

  Result<> init(Milliseconds timeout) override {
    if (auto ready = producer_.init(timeout); !ready) return ready;
    ORDERS_FAILPOINT("intake.init.after");
    producer_.warm(std::array{topic_}, timeout);
    return {};
  }

  Result<std::vector<Landed>> publish(std::span<const OrderPtr> orders, Milliseconds timeout) override {
    std::vector<kafka::Delivery> deliveries(orders.size());
    auto transaction = producer_.begin();
    if (!transaction) return fail(transaction.error());
    auto done = fill(*transaction, orders, deliveries);
    if (!done && done.error().error_class != ErrorClass::recreate) {
      return fail(give_up(*transaction, std::move(done.error()), timeout));
    }
    if (!done) return fail(done.error());
    ORDERS_FAILPOINT("intake.commit.before");
    done = transaction->commit(timeout);
    ORDERS_FAILPOINT_RESULT("intake.commit.after", done);
    if (!done && done.error().error_class == ErrorClass::abort) {
      return fail(give_up(*transaction, std::move(done.error()), timeout));
    }
    if (!done) return fail(done.error());
    std::vector<Landed> landed;
    for (const auto& delivery : deliveries) landed.push_back({delivery.partition, delivery.offset});
    return landed;
  }

 private:
  Result<> fill(kafka::Transaction& transaction, std::span<const OrderPtr> orders,
                std::vector<kafka::Delivery>& deliveries) {
    for (std::size_t i = 0; i < orders.size(); ++i) {
      kafka::OutputRecord record;
      record.topic = topic_;
      record.key = order::encode_key(orders[i]->id, key_format_);
      record.value = order::to_json(*orders[i]);
      if (auto queued = transaction.produce(record, &deliveries[i]); !queued) return queued;
      ORDERS_FAILPOINT("intake.produce.after");
    }
    return {};
  }

  /// The error, or abort's where even that failed: then nothing is known.
  static Error give_up(kafka::Transaction& transaction, Error error, Milliseconds timeout) {
    auto aborted = transaction.abort(timeout);
    return aborted ? error : aborted.error();
  }

  kafka::TransactionalProducer producer_;
  std::string topic_;
  config::KeyFormat key_format_;
};

}  // namespace

PublisherFactory kafka_publishers(const IntakeOptions& options) {
  return [options](const std::string& claimant) -> Result<std::unique_ptr<Publisher>> {
    kafka::ProducerOptions producer_options;
    producer_options.transactional_id = options.application_id + "-intake-" + claimant;
    producer_options.transaction_timeout = options.transaction_timeout;
    producer_options.deliveries = true;
    auto producer = kafka::TransactionalProducer::create(options.connection, producer_options);
    if (!producer) return fail(producer.error());
    return std::make_unique<KafkaPublisher>(std::move(*producer), options.topic, options.key_format);
  };
}

}  // namespace orders::intake
