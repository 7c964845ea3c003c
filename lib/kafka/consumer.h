// A consumer: in a group with a queue for each partition, or assigned by hand.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/wakeup.h"
#include "config/config.h"
#include "kafka/record.h"
#include "kafka/types.h"

struct rd_kafka_s;

namespace orders::kafka {

/// The pre-fetched queues are small (`queue_kib` for each partition, of poll() for all together; and a fetch on its way):
/// a backlog is read fast only beside an EndWatcher.
struct ConsumerOptions {
  std::string group_id;           ///< empty: assigned by hand, no group
  std::string group_instance_id;  ///< static membership (KIP-345); empty: dynamic
  Milliseconds session_timeout{10'000};
  /// Between two calls of poll_group(): a member that is silent for longer is out of the group until it polls again.
  /// The group's rebalance timeout, too: how long the others wait for a member that neither joins nor expires. With
  /// librdkafka's default of five minutes the chaos test met a wait of more than one.
  Milliseconds poll_timeout{30'000};
  bool read_committed = true;
  /// Measured: larger ones are slower for a worker, what they hold has left the processor's cache.
  int queue_kib = 1024;
};

/// What a group member is told; called from poll_group() only, on its thread. `assigned` must call Consumer::assign,
/// `revoked` returns when nothing of the partitions is under way any more. Partitions in both: sorted.
class RebalanceListener {
 public:
  virtual ~RebalanceListener() = default;
  virtual void assigned(const std::vector<TopicPartition>& partitions) = 0;
  /// `lost`: the group has given them to others already; nothing can be committed for them.
  virtual void revoked(const std::vector<TopicPartition>& partitions, bool lost) = 0;
};

/// The fetched records of one partition. Not reading it is the back-pressure (FACTS: pause/resume skip offsets).
class PartitionQueue {
 public:
  struct Impl;
  explicit PartitionQueue(std::unique_ptr<Impl> impl);
  PartitionQueue(PartitionQueue&&) noexcept;
  PartitionQueue& operator=(PartitionQueue&&) noexcept;
  ~PartitionQueue();

  enum class Kind : std::uint8_t { record, end_of_partition, empty };
  struct Next {
    Kind kind = Kind::empty;
    Record record;            ///< of kind record
    std::int64_t offset = 0;  ///< of kind end_of_partition: the next offset there
  };
  /// Never blocks. Errors: `gap` for an offset that is not there (any more), `wait` otherwise.
  [[nodiscard]] Result<Next> next();
  /// The key of the record that next() returns next, where it has one and is here already; valid until then.
  [[nodiscard]] std::optional<std::string_view> coming_key() const;

 private:
  std::unique_ptr<Impl> impl_;
};

/// Not thread-safe, except where said. Closing takes no longer than the session timeout.
class Consumer {
 public:
  /// Fails with `invalid` when librdkafka refuses a property.
  [[nodiscard]] static Result<Consumer> create(const Connection& connection, const ConsumerOptions& options);
  Consumer(Consumer&&) noexcept;
  Consumer& operator=(Consumer&&) noexcept;
  /// Leaves the group only after leave(); a static member that is just closed keeps its partitions for the session
  /// timeout (which is what a restart wants).
  ~Consumer();

  // --- in a group
  [[nodiscard]] Result<> subscribe(const std::vector<std::string>& topics, RebalanceListener& listener);
  /// Serves rebalances and the group's errors (see group_trouble), and nothing else: records come by the partitions'
  /// queues (for a subscribed consumer) or by poll() (for one assigned by hand). Blocks up to `timeout`, and now and
  /// then until librdkafka's main thread has answered. To be called every 50 ms or so, for heartbeats to be in time.
  /// Throws what the listener throws; then the consumer is of no more use.
  [[nodiscard]] Result<> poll_group(Milliseconds timeout);
  /// Unsubscribes and serves the revocation, so that others take over at once.
  void leave(Milliseconds timeout);
  /// Commits outside of a transaction; for positions that only show the lag.
  [[nodiscard]] Result<> commit_async(std::span<const PartitionOffset> offsets);
  /// Opaque; for TransactionalProducer::send_offsets.
  [[nodiscard]] rd_kafka_s* handle() const;

  // --- both
  /// Starts reading at the offsets given (which may be logical). With `queues`, every partition gets a queue of its own
  /// and poll() returns nothing of it; the queues are in the order of `offsets`.
  [[nodiscard]] Result<> assign(std::span<const PartitionOffset> offsets);
  [[nodiscard]] Result<std::vector<PartitionQueue>> assign_with_queues(std::span<const PartitionOffset> offsets);
  void unassign();
  /// For a consumer assigned by hand: the next record of any partition; nothing after `timeout`. End-of-partition is
  /// told by `at_end`.
  [[nodiscard]] Result<std::optional<Record>> poll(Milliseconds timeout);
  /// The partitions whose end poll() has met since assign(), each with the offset it will read next.
  [[nodiscard]] const std::vector<PartitionOffset>& at_end() const;

  /// Notified whenever a queue or the group has something new.
  void notify(Wakeup& wakeup);
  /// Committed offsets with their metadata, read_committed: waits for transactions under way to be settled.
  [[nodiscard]] Result<std::vector<PartitionOffset>> committed(std::span<const TopicPartition> partitions,
                                                               Milliseconds timeout) const;
  /// From any thread. Asks the broker where the partition ends.
  [[nodiscard]] Result<std::int64_t> end(const TopicPartition& partition, Milliseconds timeout) const;
  /// From any thread. Where it begins and ends.
  [[nodiscard]] Result<Watermarks> watermarks(const TopicPartition& partition, Milliseconds timeout) const;
  /// From any thread. The first offset whose record is not older than `t`; `offset_end` when there is none.
  [[nodiscard]] Result<std::int64_t> offset_for_time(const TopicPartition& partition, Timestamp t,
                                                     Milliseconds timeout) const;
  /// The same for many, with one request to each of their leaders; in their order. `t` may be a logical offset as a
  /// time (offset_beginning, offset_end).
  [[nodiscard]] Result<std::vector<std::int64_t>> offsets_for_time(std::span<const TopicPartition> partitions,
                                                                   Timestamp t, Milliseconds timeout) const;
  /// As the broker sees it now; `wait` for a topic that is not there.
  [[nodiscard]] Result<std::int32_t> partition_count(const std::string& topic, Milliseconds timeout) const;
  /// Why the group does not take us in (another protocol, a missing ACL); nothing when it did, or has not said.
  [[nodiscard]] const std::optional<Error>& group_trouble() const;
  /// A fatal error of the handle, if it has one: `fenced` (FENCED_INSTANCE_ID) or `recreate`.
  [[nodiscard]] std::optional<Error> fatal_error() const;

 private:
  struct Impl;
  explicit Consumer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace orders::kafka
