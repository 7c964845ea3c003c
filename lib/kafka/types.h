// Words that all of this module uses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace orders::kafka {

/// How to reach the cluster. `properties` are librdkafka's own and win over what this module sets itself, except
/// for those that config::refused_property names, which never get here.
struct Connection {
  std::string bootstrap_servers;
  std::map<std::string, std::string> properties;
  std::string client_id = "ordersd";
  bool embedded = false;  ///< librdkafka's mock cluster, which answers no admin requests
};

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  friend bool operator==(const TopicPartition&, const TopicPartition&) = default;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
  /// "payment-orders[3]"
  [[nodiscard]] std::string text() const;
};

/// Logical offsets, with librdkafka's values.
inline constexpr std::int64_t offset_beginning = -2;
inline constexpr std::int64_t offset_end = -1;
inline constexpr std::int64_t offset_none = -1001;  ///< nothing committed, or not known

struct PartitionOffset {
  TopicPartition at;
  std::int64_t offset = offset_none;
  std::string metadata;  ///< of a committed offset
};

/// The first offset that is still there, and the end that a read_committed reader can reach (last stable offset).
struct Watermarks {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// A header that the caller owns.
struct Header {
  std::string name;
  std::optional<std::string> value;
  friend bool operator==(const Header&, const Header&) = default;
};

/// A record to be produced.
struct OutputRecord {
  std::string topic;
  std::int32_t partition = -1;  ///< -1: by the key, as the Java client does (murmur2)
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<Header> headers;
  std::optional<Timestamp> timestamp;  ///< none: now
};

}  // namespace orders::kafka
