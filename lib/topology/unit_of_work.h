// One Kafka transaction: outputs and both inputs' offsets, together or not at all, however often it has to be tried.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "base/result.h"
#include "base/twin_rule.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "topology/outputs.h"
#include "topology/refusals.h"

namespace orders::topology {

struct UnitOptions {
  kafka::Connection connection;
  std::string transactional_id;
  Milliseconds transaction_timeout{10'000};
  Milliseconds call_timeout{4'000};  ///< of each call that waits for the broker: a stop has ten seconds for all of them
  std::string results_topic;
  std::string dead_letter_topic;
  std::string stock_topic;  ///< where results come from
  failure::Origin origin;   ///< of the dead letters of those that the broker refuses
  config::KeyFormat key_format = config::KeyFormat::int64;
};

/// One thread. The outputs stay here until their commit is known: whatever happens to a transaction or a producer, the
/// same outputs and offsets go into the next one, save those outputs that the broker refuses: see Refusals.
class UnitOfWork {
 public:
  explicit UnitOfWork(UnitOptions options)
      : options_(std::move(options)),
        refusals_({.name = options_.transactional_id,
                   .stock_topic = options_.stock_topic,
                   .dead_letter_topic = options_.dead_letter_topic,
                   .origin = options_.origin}) {}

  /// Makes sure of a producer. After an unknown outcome: asks the group what was committed (`consumer`), and forgets
  /// the unit if it was ours; `settled` tells so. `fenced` when a twin has our transactional id.
  struct Ready {
    bool settled = false;  ///< the unit whose outcome was unknown has been committed
  };
  [[nodiscard]] Result<Ready> ready(const kafka::Consumer& consumer);

  /// Where the tasks put what they bring forth.
  [[nodiscard]] Outputs& outputs() { return outputs_; }
  [[nodiscard]] const Outputs& outputs() const { return outputs_; }
  /// Produces what is not yet produced; opens the transaction at the first output. `record`, of this and of commit():
  /// the broker refused some of it; the unit is one step further in finding which, and may be sent again at once.
  [[nodiscard]] Result<> send();
  /// Sends the offsets and commits, both within `timeout`; on success the unit is empty.
  [[nodiscard]] Result<> commit(const std::vector<kafka::PartitionOffset>& positions, const kafka::Consumer& consumer,
                                Milliseconds timeout);
  /// Aborts and forgets.
  void abandon();
  /// When the open transaction began.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> open_since() const;

  [[nodiscard]] std::uint64_t recreated() const { return recreated_; }
  [[nodiscard]] std::uint64_t aborts() const { return aborts_; }
  /// `refused` and `letters_dropped`, of what was committed.
  [[nodiscard]] const Fates& fates() const { return refusals_.fates(); }
  /// Of the results that were committed.
  [[nodiscard]] Latency latency();
  /// Of what was committed, but for the fates.
  [[nodiscard]] const Totals& totals() const { return totals_; }

 private:
  [[nodiscard]] Result<> begin();
  [[nodiscard]] Result<> produce();
  /// Sorts out a failed call: afterwards there is an idle producer, or none.
  [[nodiscard]] tl::unexpected<Error> recover(Error error);
  void settled();
  void tell_sent() const;
  void tell(std::string_view what) const;
  void measure_latency();
  void drop_producer();

  UnitOptions options_;
  Outputs outputs_;  ///< before the producer, which reads their values as long as it lives
  std::optional<kafka::TransactionalProducer> producer_;
  std::optional<kafka::Transaction> transaction_;
  std::chrono::steady_clock::time_point began_;
  std::uint64_t begun_ = 0;  ///< transactions, in all
  std::string name_;         ///< in the log, of the one that was begun last
  std::size_t sent_ = 0;     ///< of the outputs, in the open transaction
  Refusals refusals_;
  std::optional<std::vector<kafka::PartitionOffset>> unknown_;  ///< positions whose commit's outcome is unknown
  TwinRule twin_;
  std::uint64_t recreated_ = 0;
  std::uint64_t aborts_ = 0;
  RecentHistogram recent_latency_{Latency::window};
  Histogram total_latency_;
  Totals totals_;
};

}  // namespace orders::topology
