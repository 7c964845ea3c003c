// Dead letters of a view, written before its position moves.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "kafka/producer.h"

namespace orders::view {

/// One thread. Makes its producer when it is needed first, and anew after an error.
class DeadLetterSink {
 public:
  DeadLetterSink(kafka::Connection connection, std::string transactional_id)
      : connection_(std::move(connection)), transactional_id_(std::move(transactional_id)) {}

  /// A dead letter and the record that it is of.
  struct Letter {
    kafka::OutputRecord record;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };
  /// All in one transaction. Those that went out before, and whose position could not be moved then, are left out. Any
  /// failure is of class `wait`. A letter that the broker refuses goes without its value, which is said in it; one that
  /// it refuses even so is dropped, which is said in the log.
  [[nodiscard]] Result<> send(std::vector<Letter> letters);
  /// The position has moved past everything sent so far. How many letters of that were dropped.
  std::uint64_t settled();

 private:
  [[nodiscard]] Result<> ready();
  /// `record`: at least one of them is refused.
  [[nodiscard]] Result<> transact(std::span<const Letter> letters);
  [[nodiscard]] Result<> send_alone(Letter& letter);

  const kafka::Connection connection_;
  const std::string transactional_id_;
  std::optional<kafka::TransactionalProducer> producer_;
  std::set<std::pair<std::int32_t, std::int64_t>> sent_;
  std::uint64_t dropped_ = 0;  ///< of sent_
};

}  // namespace orders::view
