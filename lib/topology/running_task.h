// Inside this module only: a task in a worker's hands, with the queues that feed it.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "kafka/consumer.h"
#include "topology/task.h"
#include "topology/worker.h"

namespace orders::topology {

/// One side: its queue, and the record at its head that has not been processed yet.
struct Worker::Lane {
  std::optional<kafka::PartitionQueue> queue;
  kafka::Record head;
  std::optional<Error> failed;  ///< what the queue told once: the side can't be read any further
  std::int64_t end = 0;         ///< the end seen last
  bool end_known = false;       ///< its end has been seen and no backlog has come since
  std::size_t since_end = 0;    ///< records taken since the end was seen last
};

struct Worker::Running {
  Running(std::int32_t partition, const TaskOptions& options) : task(partition, options) {}
  Task task;
  std::array<Lane, 2> lanes;
  std::vector<kafka::PartitionOffset> last_committed;
  bool full = false;  ///< its buffer has no room for the side that is ahead
  [[nodiscard]] Lane& lane(Side side) { return lanes[static_cast<std::size_t>(side)]; }
};

/// Its lanes are gone; it keeps its buffer, for the case that it comes back as it was committed last.
struct Worker::Parked {
  std::unique_ptr<Running> running;
};

}  // namespace orders::topology
