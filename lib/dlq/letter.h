// A dead letter, as it stands on its topic.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "failure/dead_letter.h"
#include "kafka/record.h"

namespace orders::dlq {

/// Owns its bytes.
struct Letter {
  kafka::TopicPartition at;  ///< on the dead-letter topic
  std::int64_t offset = 0;
  Timestamp time;  ///< when it became a dead letter
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<kafka::Header> headers;
  failure::LetterHeaders of;  ///< what the headers say

  /// "recovererDLQ[2]@17": by this commands name it.
  [[nodiscard]] std::string id() const;
  /// "payment-orders[3]@1042", the record that it is of; empty when the headers do not say.
  [[nodiscard]] std::string original() const;
  /// As in `orders-reason`, "unknown" where that is missing: Spring Kafka writes none.
  [[nodiscard]] std::string reason() const;
  /// (application, topic, partition, offset, original timestamp): the same for all copies of one letter, and for no
  /// other (wire contract). A letter that does not say which record it is of has its own place instead. This is the
  /// key of its mark.
  [[nodiscard]] std::string identity() const;
  /// Late or unmatched: good answers that only missed one another.
  [[nodiscard]] bool missed_its_partner() const;
};

[[nodiscard]] Letter letter_of(const kafka::Record& record);

}  // namespace orders::dlq
