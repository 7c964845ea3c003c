// What the benchmark programs share: librdkafka's handles with owners, its errors as exceptions, a line of JSON.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace orders::bench {

template <auto Function>
struct Destroyer {
  void operator()(auto* pointer) const { Function(pointer); }
};
using Client = std::unique_ptr<rd_kafka_t, Destroyer<rd_kafka_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Destroyer<rd_kafka_topic_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroyer<rd_kafka_message_destroy>>;
using PartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Destroyer<rd_kafka_topic_partition_list_destroy>>;

/// Where a run's topics are.
struct Place {
  std::string bootstrap = "localhost:9092";
  std::string prefix;
  [[nodiscard]] std::string topic(std::string_view name) const { return prefix + std::string(name); }
};
inline constexpr std::string_view payments = "payment-orders", stock = "stock-orders", results = "orders",
                                  dead_letters = "recovererDLQ";

/// A client's properties. Owns them until make() hands them over.
class Properties {
 public:
  explicit Properties(const std::string& bootstrap);
  ~Properties();
  Properties(const Properties&) = delete;
  Properties& operator=(const Properties&) = delete;

  void set(const char* name, const std::string& value);
  [[nodiscard]] rd_kafka_conf_t* raw() { return conf_; }
  [[nodiscard]] Client make(rd_kafka_type_t type);

 private:
  rd_kafka_conf_t* conf_;
};

/// Throw std::runtime_error. The second one owns the error.
void check(rd_kafka_resp_err_t code, std::string_view what);
void check(rd_kafka_error_t* error, std::string_view what);

/// How many partitions a topic has; throws when it is not there or has no leader yet.
[[nodiscard]] int partitions_of(rd_kafka_t* client, const std::string& topic);

/// Microseconds since the epoch.
[[nodiscard]] std::int64_t now_us();
/// This process' CPU time in ms, and the most memory it ever had.
[[nodiscard]] std::int64_t cpu_ms();
[[nodiscard]] std::int64_t peak_rss_kib();

/// A flat JSON object, one line.
class JsonLine {
 public:
  JsonLine& add(std::string_view name, std::int64_t value);
  JsonLine& add(std::string_view name, double value);  ///< three decimals; NaN: null
  JsonLine& add(std::string_view name, std::string_view value);
  JsonLine& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
  JsonLine& add(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  JsonLine& raw(std::string_view name, std::string_view json);
  [[nodiscard]] std::string text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

}  // namespace orders::bench
