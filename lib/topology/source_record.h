// A record of an input as the topology sees it, wherever it comes from: the broker, or a capture file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "kafka/record.h"
#include "kafka/types.h"

namespace orders::topology {

/// Views, valid during one call.
struct SourceRecord {
  std::int64_t offset = 0;
  Timestamp timestamp;
  std::string_view timestamp_type = "CreateTime";  ///< a literal
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<kafka::HeaderView> headers;
};

/// Headers and timestamp type as one byte string, for the buffer: empty for no headers and CreateTime.
[[nodiscard]] std::string pack(const std::vector<kafka::HeaderView>& headers, std::string_view timestamp_type);
/// Of bytes that pack() did not make: something, but nothing from outside of them.
[[nodiscard]] std::vector<kafka::Header> unpack(std::string_view packed);
/// A literal.
[[nodiscard]] std::string_view timestamp_type(std::string_view packed);

}  // namespace orders::topology
