// A record as a capture file has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "kafka/types.h"

namespace orders::replay {

constexpr std::int32_t any_partition = -1;  ///< of a dead letter: the producer chooses by the key
constexpr std::int64_t no_offset = -1;      ///< of a line that gives none

/// Everything that a topic keeps of a record, bytes unchanged.
struct Record {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = no_offset;
  Timestamp timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;  ///< none: a tombstone
  std::vector<kafka::Header> headers;
  friend bool operator==(const Record&, const Record&) = default;
};

}  // namespace orders::replay
