// The topics that records are sent to again: what goes where, and what speaks against it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "base/time.h"
#include "kafka/admin.h"
#include "kafka/types.h"
#include "replay/key_filter.h"
#include "replay/record.h"
#include "replay/record_source.h"

namespace orders::replay {

/// How records are changed on their way: not at all, but for these.
struct Rewriting {
  std::string prefix;           ///< before the topic's name
  bool keep_partitions = true;  ///< else by the key, as the Java client does (murmur2)
  bool keep_timestamps = true;  ///< else now

  [[nodiscard]] kafka::OutputRecord apply(Record record) const;
};

/// What is to be sent to one topic.
struct Load {
  std::uint64_t records = 0;
  Timestamp oldest = Timestamp::max(), newest = Timestamp::min();
  std::int32_t highest_partition = any_partition;

  void add(const Record& record);
};

struct Survey {
  std::map<std::string, Load> loads;  ///< by the name of the topic that the records come from
  std::uint64_t records = 0;
  std::uint64_t passed_over = 0;  ///< by the filter
};

/// Reads the source to its end, or until `go_on`, which is told how many were read, says no.
[[nodiscard]] Result<Survey> survey(RecordSource& source, const KeyFilter& filter,
                                    FunctionRef<bool(std::uint64_t read)> go_on);

/// What a topic takes.
struct TopicLimits {
  std::int32_t partitions = 0;               ///< 0: it is not there
  bool own_clock = false;                    ///< message.timestamp.type=LogAppendTime
  std::optional<Milliseconds> retention;     ///< none: for ever
  std::optional<Milliseconds> before_now;    ///< how far back, or ahead, a timestamp may be; none: without limit
  std::optional<Milliseconds> after_now;
  std::string unknown;  ///< why the limits could not be read; empty: they were
};
/// From the configuration of a topic that is there, as the broker tells it.
[[nodiscard]] TopicLimits limits_of(std::int32_t partitions, const std::map<std::string, std::string>& config);
/// `wait` when the broker is away.
[[nodiscard]] Result<TopicLimits> read_limits(const kafka::Admin& admin, const std::string& topic,
                                              Milliseconds timeout);

/// Why the load can't be sent to the topic of that name as it is to be, each with what to do; empty: it can.
[[nodiscard]] std::vector<std::string> objections(const std::string& topic, const Load& load, const TopicLimits& limits,
                                                  const Rewriting& rewriting, Timestamp now);

}  // namespace orders::replay
