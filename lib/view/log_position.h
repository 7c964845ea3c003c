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
