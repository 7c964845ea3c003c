// A record of an input as the topology sees it, wherever it comes from: the broker, or a capture file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "kafka/record.h"
#include "kafka/types.h"

namespace orders::topology {

/// A record's headers, read when they are asked for: librdkafka takes as long to tell that there are none as to hand
/// out the record. What they are of must outlive them.
class SourceHeaders {
 public:
  SourceHeaders() = default;
  explicit SourceHeaders(const kafka::Record& record) : record_(&record) {}
  explicit SourceHeaders(std::span<const kafka::Header> headers) : headers_(headers) {}
  [[nodiscard]] std::vector<kafka::HeaderView> read() const;

 private:
  const kafka::Record* record_ = nullptr;
  std::span<const kafka::Header> headers_;
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
