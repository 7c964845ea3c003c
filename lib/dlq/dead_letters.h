// The dead-letter topic without what was drained.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "config/config.h"
#include "dlq/filter.h"
#include "dlq/marks.h"

namespace orders::dlq {

/// One thread. Reads up to where the topic ended when it was opened, so that every reading finds the same letters. While
/// it reads it holds the identity of each, about a hundred bytes, but no letters.
class DeadLetters {
 public:
  /// `not_found` when there is no dead-letter topic; one for marks need not be there.
  [[nodiscard]] static Result<DeadLetters> open(const kafka::Connection& connection, const config::Topics& topics,
                                                Milliseconds timeout);

  struct Scan {
    std::uint64_t drained = 0;  ///< that the filter matches, and that are marked
    /// A view may write a letter twice, and a join that was wound back writes its own again: only the first counts.
    std::uint64_t copies = 0;
  };
  /// The letters that match and are not marked, each once, in the order of each partition, until `take` says no.
  [[nodiscard]] Result<Scan> read(const Filter& filter, FunctionRef<bool(Letter&)> take) const;
  [[nodiscard]] Marks& marks() { return marks_; }

 private:
  DeadLetters(kafka::Connection connection, Milliseconds timeout, Marks marks)
      : connection_(std::move(connection)), timeout_(timeout), marks_(std::move(marks)) {}

  kafka::Connection connection_;
  Milliseconds timeout_;
  Marks marks_;
  std::vector<kafka::PartitionOffset> ends_;
};

}  // namespace orders::dlq
