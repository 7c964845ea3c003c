// Which records of which topics: the flags of all commands that read a range.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "kafka/topic_reader.h"

namespace orders::ctl {

struct RangeFlags {
  std::vector<std::string> topics;
  std::vector<std::int64_t> partitions;
  std::optional<kafka::Mark> from, to;
  std::string from_text, to_text;  ///< as they were given
  std::string isolation = "read_committed";
  std::vector<std::int64_t> keys;
  Milliseconds timeout{30'000};

  [[nodiscard]] bool any_of_a_topic() const { return from || to || !topics.empty() || !partitions.empty(); }
  /// Both inputs, unless --topic names others.
  [[nodiscard]] kafka::Selection selection(const config::Topics& configured) const;
  /// All that is there, unless --from and --to say otherwise.
  [[nodiscard]] kafka::Range range() const;
  [[nodiscard]] kafka::TopicReader::Options reader() const;
};

/// --topic, --partition, --from, --to, --isolation, --key-filter, --timeout. "-15m" is 15 minutes before the parse.
void add_range_flags(CLI::App& command, RangeFlags& flags);

/// The records that a range has no more because retention took them: a line on standard error for each partition.
void tell_of_gone(const std::vector<kafka::OffsetRange>& ranges);

}  // namespace orders::ctl
