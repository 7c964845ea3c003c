// Records and the marks of their letters, in one Kafka transaction.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "dlq/marks.h"
#include "kafka/producer.h"

namespace orders::dlq {

/// What is to be sent for one letter.
struct Outgoing {
  std::string identity;
  std::string mark;                           ///< the mark's value: what was done, as JSON
  std::optional<kafka::OutputRecord> record;  ///< none: only marked
};
/// What must not be parted.
using Unit = std::vector<Outgoing>;

/// One thread. Of all that have one transactional id the newest works: open() settles what an earlier one left, and
/// fences it. `marks` must outlive it.
class Redriver {
 public:
  struct Options {
    kafka::Connection connection;
    std::string transactional_id;
    Milliseconds transaction_timeout{10'000};
    std::string marks_topic;
    Milliseconds timeout{30'000};  ///< of each call
  };
  Redriver(Options options, Marks& marks) : options_(std::move(options)), marks_(marks) {}

  /// From then on `marks` holds whatever any drain before this one has done.
  [[nodiscard]] Result<> open();
  /// All of them in one transaction, save those that are marked by now. Tried again where nothing came of it, or nobody
  /// knows what: the marks tell. `record`: the broker refuses one of them, and none was sent. `fenced`: another one
  /// works now.
  [[nodiscard]] Result<> send(std::span<const Unit> units);
  /// Waits until every reader of committed marks finds what was sent: a commit is done before the broker has ended the
  /// transaction on each partition. For as long as a call may take: all is drained anyway.
  void settle() { (void)marks_.catch_up_with_all(options_.timeout); }

 private:
  [[nodiscard]] Result<> transact(std::span<const Unit> units);
  [[nodiscard]] Result<> produce(kafka::Transaction& transaction, const Outgoing& letter) const;

  const Options options_;
  Marks& marks_;
  std::optional<kafka::TransactionalProducer> producer_;
};

}  // namespace orders::dlq
