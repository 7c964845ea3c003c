// One consumed record.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "kafka/types.h"

struct rd_kafka_message_s;

namespace orders::kafka {

struct HeaderView {
  std::string_view name;
  std::optional<std::string_view> value;
};

/// Owns librdkafka's message; the views point into it and die with it. Must not outlive its consumer, whose destructor
/// would wait for it for ever. A Record keeps the whole fetch response that it
/// came in alive: copy what has to stay for long.
class Record {
 public:
  Record() = default;
  explicit Record(rd_kafka_message_s* message) : message_(message) {}
  Record(Record&& other) noexcept : message_(other.message_) { other.message_ = nullptr; }
  Record& operator=(Record&& other) noexcept;
  ~Record() { reset(); }

  [[nodiscard]] explicit operator bool() const { return message_ != nullptr; }
  [[nodiscard]] std::string_view topic() const;
  [[nodiscard]] std::int32_t partition() const;
  [[nodiscard]] std::int64_t offset() const;
  /// -1 ms when the record has none.
  [[nodiscard]] Timestamp timestamp() const;
  /// "CreateTime", "LogAppendTime" or "NoTimestampType".
  [[nodiscard]] std::string_view timestamp_type() const;
  [[nodiscard]] std::optional<std::string_view> key() const;
  /// None: a tombstone.
  [[nodiscard]] std::optional<std::string_view> value() const;
  [[nodiscard]] std::vector<HeaderView> headers() const;
  [[nodiscard]] std::vector<Header> copy_headers() const;
  /// "payment-orders[3]@1042"
  [[nodiscard]] std::string where() const;

 private:
  void reset();
  rd_kafka_message_s* message_ = nullptr;
};

}  // namespace orders::kafka
