#include "replay/target_topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <utility>

#include "base/bytes.h"

namespace orders::replay {
namespace {

constexpr std::string_view to_now = "--timestamps now dates them anew";

/// A setting in milliseconds; none where it is not set, or no limit.
std::optional<Milliseconds> limit(const std::map<std::string, std::string>& config, const std::string& setting) {
  constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();
  const auto found = config.find(setting);
  const auto millis = found == config.end() ? std::nullopt : parse_int64(found->second);
  return millis && *millis >= 0 && *millis != unlimited ? std::optional(Milliseconds(*millis)) : std::nullopt;
}

std::optional<Milliseconds> tighter(std::optional<Milliseconds> a, std::optional<Milliseconds> b) {
  return a && b ? std::min(a, b) : a ? a : b;
}

std::vector<std::string> against_timestamps(const std::string& topic, const Load& load, const TopicLimits& limits,
                                            Timestamp now) {
  std::vector<std::string> found;
  // Of hostile timestamps the difference would overflow; those below 0 are refused by themselves.
  const auto age = now - std::max(load.oldest, Timestamp{});
  const auto ahead = std::max(load.newest, Timestamp{}) - now;
  const auto oldest = format_timestamp(load.oldest);
  if (limits.own_clock) {
    found.push_back(fmt::format("{} dates its records itself (message.timestamp.type is LogAppendTime), and theirs "
                                "can't be kept: --timestamps now",
                                topic));
  }
  // The client takes 0 for "now", and what is below it for none.
  if (load.oldest <= Timestamp{}) {
    found.push_back(fmt::format("{}: the timestamp {} of its oldest record can't be kept: {}", topic,
                                to_millis(load.oldest), to_now));
  }
  if (limits.retention && age > *limits.retention) {
    found.push_back(fmt::format("{} deletes what is older than {} (retention.ms {}), and its oldest record is of {}: "
                                "it would be gone again at once; {}",
                                topic, format_duration(*limits.retention), limits.retention->count(), oldest, to_now));
  }
  if (limits.before_now && age > *limits.before_now) {
    found.push_back(fmt::format("{} takes no timestamp from more than {} ago (message.timestamp.before.max.ms {}), "
                                "and its oldest record is of {}; {}",
                                topic, format_duration(*limits.before_now), limits.before_now->count(), oldest,
                                to_now));
  }
  if (limits.after_now && ahead > *limits.after_now) {
    found.push_back(fmt::format("{} takes no timestamp from more than {} ahead (message.timestamp.after.max.ms {}), "
                                "and its newest record is of {}; {}",
                                topic, format_duration(*limits.after_now), limits.after_now->count(),
                                format_timestamp(load.newest), to_now));
  }
  return found;
}

}  // namespace

kafka::OutputRecord Rewriting::apply(Record record) const {
  kafka::OutputRecord out;
  out.topic = prefix + record.topic;
  out.partition = keep_partitions ? record.partition : any_partition;
  out.key = std::move(record.key);
  out.value = std::move(record.value);
  out.headers = std::move(record.headers);
  if (keep_timestamps) out.timestamp = record.timestamp;
  return out;
}

void Load::add(const Record& record) {
  ++records;
  oldest = std::min(oldest, record.timestamp);
  newest = std::max(newest, record.timestamp);
  highest_partition = std::max(highest_partition, record.partition);
}

Result<Survey> survey(RecordSource& source, const KeyFilter& filter, FunctionRef<bool(std::uint64_t)> go_on) {
  Survey survey;
  const auto still = [&] { return go_on(survey.records + survey.passed_over); };
  for (;;) {
    auto record = source.next(still);
    if (!record) return fail(std::move(record.error()));
    if (!*record) return survey;
    if (!filter.passes((*record)->key)) {
      ++survey.passed_over;
      continue;
    }
    ++survey.records;
    survey.loads[(*record)->topic].add(**record);
  }
}

TopicLimits limits_of(std::int32_t partitions, const std::map<std::string, std::string>& config) {
  const auto value = [&](const std::string& setting) {
    const auto found = config.find(setting);
    return found == config.end() ? std::string{} : found->second;
  };
  TopicLimits limits;
  limits.partitions = partitions;
  limits.own_clock = value("message.timestamp.type") == "LogAppendTime";
  if (value("cleanup.policy").find("delete") != std::string::npos) limits.retention = limit(config, "retention.ms");
  // Brokers before 3.6 have one limit for both directions.
  const auto both = limit(config, "message.timestamp.difference.max.ms");
  limits.before_now = tighter(limit(config, "message.timestamp.before.max.ms"), both);
  limits.after_now = tighter(limit(config, "message.timestamp.after.max.ms"), both);
  return limits;
}

Result<TopicLimits> read_limits(const kafka::Admin& admin, const std::string& topic, Milliseconds timeout) {
  auto topics = admin.topics(std::array{topic}, timeout);
  if (!topics) return fail(std::move(topics.error()));
  TopicLimits limits;
  limits.partitions = topics->front().partitions;
  if (limits.partitions == 0) return limits;
  auto config = admin.topic_config(topic, timeout);
  if (config) return limits_of(limits.partitions, *config);
  limits.unknown = config.error().message;
  return limits;
}

std::vector<std::string> objections(const std::string& topic, const Load& load, const TopicLimits& limits,
                                    const Rewriting& rewriting, Timestamp now) {
  if (limits.partitions == 0) return {fmt::format("topic {} is not there: make it first", topic)};
  std::vector<std::string> found;
  if (rewriting.keep_partitions && load.highest_partition >= limits.partitions) {
    found.push_back(fmt::format("{} has {} partitions, and a record is of partition {}: --partitioning by-key, or add "
                                "partitions first",
                                topic, limits.partitions, load.highest_partition));
  }
  if (rewriting.keep_timestamps) {
    auto timestamps = against_timestamps(topic, load, limits, now);
    found.insert(found.end(), std::make_move_iterator(timestamps.begin()), std::make_move_iterator(timestamps.end()));
  }
  return found;
}

}  // namespace orders::replay
