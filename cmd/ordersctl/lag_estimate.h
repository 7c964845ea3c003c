// How far readers of topics are behind, and how long that will take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "kafka/types.h"

namespace orders::ctl {

struct PartitionLag {
  kafka::TopicPartition at;
  std::optional<std::int64_t> position;  ///< the next offset to be read; none: not known, or nothing was committed
  std::int64_t end = 0;                  ///< that a read_committed reader can reach
  std::int64_t written = 0;              ///< the end of what is not committed, too

  /// Offsets, markers of transactions among them: it may rest a little above zero.
  [[nodiscard]] std::optional<std::int64_t> lag() const;
};

/// One that reads: the join, a view.
struct ReaderLag {
  std::string reader;  ///< "join", "database", "table"
  std::string source;  ///< where its position is from: "group orders", "daemon", "state folder"
  std::string reason;  ///< why there is no position; empty otherwise
  std::vector<PartitionLag> partitions;
};

/// What two looks at one partition, one after the other, let expect.
struct Outlook {
  enum class Kind : std::uint8_t {
    unknown,       ///< no position, no earlier look, or one of another topic's life
    current,       ///< nothing to read
    catches_up,    ///< in `time`
    steady,        ///< neither clearly less behind than before nor clearly more
    falls_behind,  ///< clearly more comes than is read, and the lag is more than work under way
    stands_still,  ///< nothing was read, though there was something at the first look
  } kind = Kind::unknown;
  std::optional<double> read_rate, write_rate;  ///< offsets a second
  Milliseconds time{0};
};
/// `elapsed` lies between the two looks.
[[nodiscard]] Outlook outlook(const std::optional<PartitionLag>& before, const PartitionLag& now, Milliseconds elapsed);

/// How many offsets a transaction holds back that was open at both looks; 0: none.
[[nodiscard]] std::int64_t held_back(const std::optional<PartitionLag>& before, const PartitionLag& now);

/// "current", "PT1M5S", "steady", "falls behind", "stands still", "-"
[[nodiscard]] std::string outlook_text(const Outlook& outlook);

/// A table, the reasons and the partitions that are held back below; `before` is empty for a first look.
[[nodiscard]] std::string lag_text(const std::vector<ReaderLag>& before, const std::vector<ReaderLag>& now,
                                   Milliseconds elapsed, bool colour);
/// Of each partition {"reader", "source", "topic", "partition", "position", "end", "lag", "held_back", "read_rate",
/// "write_rate", "outlook", "catch_up_ms"}; position, lag, rates and time null where they are not known.
[[nodiscard]] std::vector<std::string> lag_json(const std::vector<ReaderLag>& before,
                                                const std::vector<ReaderLag>& now, Milliseconds elapsed);

}  // namespace orders::ctl
