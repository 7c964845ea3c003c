// A record of an input as the topology sees it, wherever it comes from: the broker, or a capture file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "kafka/record.h"
#include "kafka/types.h"

namespace orders::topology {

/// A record's headers, read when they are asked for: librdkafka takes as long to tell that there are none as to hand
/// out the record. The record must outlive them.
class SourceHeaders {
 public:
  SourceHeaders() = default;
  SourceHeaders(std::vector<kafka::HeaderView> views) : views_(std::move(views)) {}  // NOLINT: they are the same
  explicit SourceHeaders(const kafka::Record& record) : record_(&record) {}
  [[nodiscard]] std::vector<kafka::HeaderView> read() const { return record_ ? record_->headers() : views_; }

 private:
  std::vector<kafka::HeaderView> views_;
  const kafka::Record* record_ = nullptr;
};

/// Views, valid during one call.
struct SourceRecord {
  std::int64_t offset = 0;
  Timestamp timestamp;
  std::string_view timestamp_type = "CreateTime";  ///< a literal
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  SourceHeaders headers;
};

/// Headers and timestamp type as one byte string, for the buffer: empty for no headers and CreateTime.
[[nodiscard]] std::string pack(const std::vector<kafka::HeaderView>& headers, std::string_view timestamp_type);
/// Of bytes that pack() did not make: something, but nothing from outside of them.
[[nodiscard]] std::vector<kafka::Header> unpack(std::string_view packed);
/// A literal.
[[nodiscard]] std::string_view timestamp_type(std::string_view packed);

}  // namespace orders::topology
