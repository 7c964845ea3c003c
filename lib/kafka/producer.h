// A transactional producer, and its transaction as a scope.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/consumer.h"
#include "kafka/types.h"

namespace orders::kafka {

/// Where a record landed; filled in by the time Transaction::commit returns with success.
struct Delivery {
  std::int32_t partition = -1;
  std::int64_t offset = offset_none;
};

/// A record that the broker does not take, now or ever: too large for the topic, an impossible timestamp.
struct Refusal {
  std::size_t record = 0;  ///< its number among those that Transaction::produce took, from 0
  std::string reason;
};

struct ProducerOptions {
  std::string transactional_id;
  Milliseconds transaction_timeout{10'000};
  bool deliveries = false;  ///< Transaction::produce fills in where records landed, and takes note of each for that
  /// Transaction::produce does not copy values. Measured in a backlog: a twelfth less CPU time for all of ordersd.
  bool lent_values = false;
};

class Transaction;

/// One thread. Error classes of all calls: `wait` (nothing was done, broker away), `abort` (abort this transaction),
/// `recreate` (destroy the producer; the outcome of a commit is unknown), `fenced`.
class TransactionalProducer {
 public:
  [[nodiscard]] static Result<TransactionalProducer> create(const Connection& connection,
                                                            const ProducerOptions& options);
  TransactionalProducer(TransactionalProducer&&) noexcept;
  TransactionalProducer& operator=(TransactionalProducer&&) noexcept;
  /// Purges what was not sent; never blocks for long.
  ~TransactionalProducer();

  /// Settles what an earlier producer of the same transactional id left open, and fences it.
  [[nodiscard]] Result<> init(Milliseconds timeout);
  /// Fetches the topics' metadata, so that the first transaction does not wait for it.
  void warm(std::span<const std::string> topics, Milliseconds timeout);
  [[nodiscard]] Result<Transaction> begin();
  /// Of the transaction begun last; complete once its commit or abort has returned. The broker refuses batches: all
  /// records of one are here, and one of them is to blame. What this producer sends after that is out of sequence for
  /// the broker: make a new one.
  [[nodiscard]] const std::vector<Refusal>& refused() const;

 private:
  friend class Transaction;
  struct Impl;
  explicit TransactionalProducer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// An open transaction; leaving its scope without commit aborts it. Must not outlive its producer.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  /// Queues the record; its bytes are copied. With ProducerOptions::lent_values those of its value are not: they must
  /// stay as and where they are (the string may be moved) until commit or abort has returned with success, or the
  /// producer is gone. A failed delivery shows at commit. `delivery` (with ProducerOptions::deliveries) must live until
  /// the transaction has ended. Blocks while the producer's queue is full.
  [[nodiscard]] Result<> produce(const OutputRecord& record, Delivery* delivery = nullptr);
  /// Returns when all that was produced is delivered, or known not to be: no batch holds records of both before and
  /// after.
  [[nodiscard]] Result<> flush(Milliseconds timeout);
  /// KIP-447: the consumer's offsets, with metadata, as part of the transaction.
  [[nodiscard]] Result<> send_offsets(std::span<const PartitionOffset> offsets, const Consumer& consumer,
                                      Milliseconds timeout);
  /// Waits for all deliveries, then commits. `recreate`: the outcome is unknown.
  [[nodiscard]] Result<> commit(Milliseconds timeout);
  /// `recreate` when even that failed.
  [[nodiscard]] Result<> abort(Milliseconds timeout);

 private:
  friend class TransactionalProducer;
  explicit Transaction(TransactionalProducer::Impl* producer) : producer_(producer) {}
  TransactionalProducer::Impl* producer_;  ///< null: ended, or moved from
};

}  // namespace orders::kafka
