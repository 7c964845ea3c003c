// Writes the payment and the stock answer of each order.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "programs.h"

namespace orders::bench {
namespace {

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options) {
    Properties properties(options.place.bootstrap);
    properties.set("partitioner", "murmur2_random");  // as the Java client does
    properties.set("enable.idempotence", "true");     // each record once, in order, whatever is retried
    properties.set("linger.ms", std::to_string(options.linger_ms));
    properties.set("compression.codec", options.compression);
    properties.set("queue.buffering.max.messages", "1000000");
    properties.set("queue.buffering.max.kbytes", "1048576");
    properties.set("delivery.report.only.error", "true");
    rd_kafka_conf_set_opaque(properties.raw(), &failure_);
    rd_kafka_conf_set_dr_msg_cb(properties.raw(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* failure) {
      *static_cast<rd_kafka_resp_err_t*>(failure) = message->err;
    });
    client_ = properties.make(RD_KAFKA_PRODUCER);
    payments_ = topic(payments);
    stock_ = topic(stock);
  }

  int run() {
    const auto& recipe = options_.recipe;
    const auto count = static_cast<std::int64_t>(recipe.orders);
    const auto begin = now_us();
    const auto start = options_.start_ms > 0 ? options_.start_ms * 1'000 : begin - count * options_.spacing_us;
    std::int64_t worst_lag = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto number = recipe.first + static_cast<std::uint64_t>(i);
      recipe.write(number, texts_);
      if (options_.rate > 0) {
        worst_lag = std::max(worst_lag, wait_until(begin + static_cast<std::int64_t>(i * 1e6 / options_.rate)));
      }
      send(recipe.id_of(number), options_.rate > 0 ? 0 : start + i * options_.spacing_us);
    }
    check(rd_kafka_flush(client_.get(), 120'000), "flushing");
    check(failure_, "delivering");
    const double seconds = static_cast<double>(now_us() - begin) / 1e6;
    std::puts(JsonLine()
                  .add("orders", count)
                  .add("seconds", seconds)
                  .add("orders_per_s", static_cast<double>(count) / seconds)
                  .add("value_bytes", std::int64_t(texts_.stock.size()))
                  .add("worst_lag_ms", static_cast<double>(worst_lag) / 1e3)
                  .add("cpu_ms", cpu_ms())
                  .text()
                  .c_str());
    return 0;
  }

 private:
  Topic topic(std::string_view name) {
    (void)partitions_of(client_.get(), options_.place.topic(name));
    return Topic(rd_kafka_topic_new(client_.get(), options_.place.topic(name).c_str(), nullptr));
  }

  /// `timestamp_us` 0: each answer is dated when it is sent.
  void send(std::int64_t id, std::int64_t timestamp_us) {
    const auto key = key_of(id);
    const auto dated = [&] { return (timestamp_us > 0 ? timestamp_us : now_us()) / 1'000; };
    if (options_.answers != Answers::stock) produce(payments_.get(), key, texts_.payment, dated());
    if (options_.answers != Answers::payments) produce(stock_.get(), key, texts_.stock, dated());
    if (++sent_ % 256 == 0) {
      rd_kafka_poll(client_.get(), 0);
      check(failure_, "delivering");
    }
  }

  void produce(rd_kafka_topic_t* topic, const std::array<char, 8>& key, const std::string& value,
               std::int64_t timestamp_ms) {
    for (;;) {
      const auto code =  // the value is only read: MSG_F_COPY
          rd_kafka_producev(client_.get(), RD_KAFKA_V_RKT(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                            RD_KAFKA_V_KEY(key.data(), key.size()),
                            RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                            RD_KAFKA_V_TIMESTAMP(timestamp_ms), RD_KAFKA_V_END);
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return check(code, "producing");
      rd_kafka_poll(client_.get(), 10);
    }
  }

  /// Returns how late we are.
  static std::int64_t wait_until(std::int64_t due_us) {
    for (;;) {
      const auto late = now_us() - due_us;
      if (late >= 0) return late;
      const timespec pause{-late / 1'000'000, -late % 1'000'000 * 1'000};
      nanosleep(&pause, nullptr);
    }
  }

  const LoadOptions& options_;
  rd_kafka_resp_err_t failure_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  Client client_;  // before the topics: they go first
  Topic payments_, stock_;
  AnswerTexts texts_;
  std::uint64_t sent_ = 0;
};

}  // namespace

int load(const LoadOptions& options) { return Loader(options).run(); }

}  // namespace orders::bench
