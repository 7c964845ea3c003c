// The stores in an instance's state folder, checked without a daemon, or beside one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/types.h"
#include "rocks/verify.h"

namespace orders::state {

/// Where a store is in a partition of a topic.
struct Position {
  kafka::TopicPartition at;
  std::int64_t next_offset = 0;
  std::optional<kafka::Watermarks> marks;  ///< of the partition; none: not asked for, or there is no such partition
};

struct StoreReport {
  std::string name;  ///< "table", "join/3", "database"
  std::filesystem::path folder;
  std::uint64_t rows = 0;  ///< that could be read
  std::uint64_t bytes = 0;
  std::string cluster_id;  ///< of which it was made; empty: it does not say
  std::vector<Position> positions;
  rocks::Damages damages;
  std::string mend;  ///< what to do about them
};

/// Whose the folder must be: the application and its topics.
struct Expected {
  std::string application_id;
  std::string orders, payments, stock;
};

/// Every store that is in `folder` (<state.directory>/<application_id>): the table, the join's buffers, the embedded
/// database. Writes nothing. Error classes: those of rocks::verify(); `not_found` where there is none of them.
[[nodiscard]] Result<std::vector<StoreReport>> verify(const std::filesystem::path& folder, const Expected& expected);

/// Asks the broker where the partitions begin and end: a position beyond the end, a partition that is not there, and
/// another cluster are damages. A position below the begin is none, for a compacted topic loses records there. `wait`
/// when the broker can't be asked.
[[nodiscard]] Result<> compare_with_ends(std::vector<StoreReport>& stores, const kafka::Connection& connection);

}  // namespace orders::state
