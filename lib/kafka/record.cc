#include "kafka/record.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace orders::kafka {
namespace {

std::optional<std::string_view> bytes_or_null(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(data), size);
}

}  // namespace

Record& Record::operator=(Record&& other) noexcept {
  if (this != &other) {
    reset();
    message_ = std::exchange(other.message_, nullptr);
  }
  return *this;
}

void Record::reset() {
  if (message_ != nullptr) rd_kafka_message_destroy(message_);
  message_ = nullptr;
}

std::string_view Record::topic() const { return rd_kafka_topic_name(message_->rkt); }
std::int32_t Record::partition() const { return message_->partition; }
std::int64_t Record::offset() const { return message_->offset; }

Timestamp Record::timestamp() const { return from_millis(rd_kafka_message_timestamp(message_, nullptr)); }

std::string_view Record::timestamp_type() const {
  rd_kafka_timestamp_type_t type;
  rd_kafka_message_timestamp(message_, &type);
  switch (type) {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME:
      return "CreateTime";
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME:
      return "LogAppendTime";
    default:
      return "NoTimestampType";
  }
}

std::optional<std::string_view> Record::key() const { return bytes_or_null(message_->key, message_->key_len); }
std::optional<std::string_view> Record::value() const { return bytes_or_null(message_->payload, message_->len); }

std::vector<HeaderView> Record::headers() const {
  std::vector<HeaderView> views;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message_, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return views;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    views.push_back({name, bytes_or_null(value, size)});
  }
  return views;
}

std::vector<Header> Record::copy_headers() const {
  std::vector<Header> copies;
  for (const auto& [name, value] : headers()) copies.push_back({std::string(name), std::optional<std::string>(value)});
  return copies;
}

std::string Record::where() const { return fmt::format("{}[{}]@{}", topic(), partition(), offset()); }

}  // namespace orders::kafka
