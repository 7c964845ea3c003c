// Where to read on: a stored position against what the topic still has.
#pragma once

#include <vector>

#include "base/result.h"
#include "kafka/admin.h"
#include "kafka/consumer.h"

namespace orders::view {

/// A stored position against a partition's ends.
enum class Standing : std::uint8_t {
  within,       ///< read on from it
  below_start,  ///< the log begins later: records between are gone (normal where the topic is compacted)
  beyond_end,   ///< of another topic, or one made anew
};
[[nodiscard]] Standing stand(std::int64_t position, const kafka::Watermarks& marks);

/// Where a partition ends, and where it begins and ends, as Consumer::watermarks() says it. That one waits for a broker
/// that is away until librdkafka gives its request up (socket.timeout.ms, a minute), whatever its timeout; these don't.
[[nodiscard]] Result<std::int64_t> end_of(const kafka::Consumer& consumer, const kafka::TopicPartition& at,
                                          Milliseconds timeout);
[[nodiscard]] Result<kafka::Watermarks> ends_of(const kafka::Consumer& consumer, const kafka::TopicPartition& at,
                                                Milliseconds timeout);

/// The connection for a view's own clients: a request that a hung broker does not answer is given up after 5 s, not
/// after librdkafka's minute. Until then a client can't be destroyed, and a stop must not take so long.
[[nodiscard]] kafka::Connection impatient(kafka::Connection connection);

/// The topic as a view needs it. `wait` with what is to be done while it is not there or the broker is away.
struct Topic {
  std::string cluster_id;
  std::int32_t partitions = 0;
};
[[nodiscard]] Result<Topic> look_up(const kafka::Admin& admin, const std::string& topic);

/// The topic's settings that decide what a gap between position and log start means; guesses for a broker that does not
/// tell (the embedded one).
struct Retention {
  bool known = false;
  bool compacted = true;
  Milliseconds tombstones{86'400'000};  ///< delete.retention.ms; Kafka's default is a day
};
[[nodiscard]] Retention retention_of(const kafka::Admin& admin, const std::string& topic);

}  // namespace orders::view
