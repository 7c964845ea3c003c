// What the tasks of a unit of work bring forth.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/histogram.h"
#include "base/time.h"
#include "failure/dead_letter.h"
#include "join/engine.h"
#include "kafka/types.h"

namespace orders::topology {

/// Records to be produced, in order. Their values are lent to the producer: once sent, they stay as they are until their
/// transaction has ended. Beside a result there is what its stock record had and the result has not: should the broker
/// refuse it, its dead letter is one of the stock record.
struct Outputs {
  /// A result's stock record, as far as it differs.
  struct Stock {
    std::size_t record = 0;  ///< the result, of `records`
    std::int64_t offset = 0;
    Timestamp timestamp;
    std::string_view timestamp_type;  ///< a literal
    /// Of its value: the bytes [begin, end) are other ones in the result.
    std::uint32_t begin = 0, end = 0, size = 0;
    std::size_t replaced = 0;  ///< where those begin in Outputs::replaced
  };

  std::vector<kafka::OutputRecord> records;
  std::vector<Stock> stock;  ///< one for each result, in order
  std::string replaced;
  std::size_t bytes = 0;
  failure::LetterCounts letters{};      ///< those among the records
  std::array<Histogram, 2> lateness{};  ///< by join::Side: of late records, whatever became of them

  void add(kafka::OutputRecord&& record);
  void add_result(kafka::OutputRecord&& result, const join::Pair& pair);
  /// Of records[record], which is a result and as it was added.
  [[nodiscard]] const Stock& stock_of(std::size_t record) const;
  [[nodiscard]] std::string stock_value(const Stock& stock) const;
  void clear();  ///< keeps the room for as many
};

}  // namespace orders::topology
