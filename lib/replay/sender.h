// Records sent once, whatever happens on the way: each Kafka transaction also holds how far the replay is.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "base/wakeup.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "replay/record_source.h"
#include "replay/target_topics.h"

namespace orders::replay {

/// What goes into one transaction.
struct Unit {
  std::vector<kafka::OutputRecord> records;
  Position position;  ///< behind them
};

/// `name` is the consumer group that keeps the position, and the transactional id: of two that run under one name the
/// older is fenced, and can commit nothing more. The group has no members. One thread.
class Sender {
 public:
  struct Options {
    kafka::Connection connection;
    std::string name;
    Milliseconds transaction_timeout{10'000};
    Milliseconds patience{60'000};  ///< for what passes, and of the longest question to the broker
  };
  /// `wakeup` ends its pauses between tries, and must outlive it.
  [[nodiscard]] static Result<Sender> create(Options options, Wakeup& wakeup);

  /// What was committed for the places; those without are left out. Waits for a transaction under way.
  [[nodiscard]] Result<Position> committed(std::span<const kafka::TopicPartition> places) const;
  /// Fences whoever runs under this name, settles what it left open, and returns committed().
  [[nodiscard]] Result<Position> start(std::span<const kafka::TopicPartition> places);
  /// Sends and commits; tries again, for as long as its patience and `go_on` allow, after what passes. Where the
  /// outcome of a commit is not known the group is asked. Errors: `wait`; `fenced` when another has taken over;
  /// `record` when the broker refuses one. Whatever the error, committed() tells whether the unit was sent.
  [[nodiscard]] Result<> send(const Unit& unit, FunctionRef<bool()> go_on);

 private:
  Sender(Options options, kafka::Consumer group, Wakeup& wakeup)
      : options_(std::move(options)), group_(std::move(group)), wakeup_(wakeup) {}
  [[nodiscard]] Milliseconds call_timeout() const;
  [[nodiscard]] Result<> make_producer();
  [[nodiscard]] Result<> attempt(const Unit& unit);
  /// Whether the unit was committed after all.
  [[nodiscard]] Result<bool> was_sent(const Unit& unit) const;
  [[nodiscard]] Result<> transact(const Unit& unit);
  /// Aborts, and returns why; or rather what the broker refused.
  [[nodiscard]] Result<> give_up(kafka::Transaction& transaction, const Unit& unit, Error why);
  void lose_producer();

  Options options_;
  kafka::Consumer group_;
  Wakeup& wakeup_;
  std::optional<kafka::TransactionalProducer> producer_;
  Position standing_;      ///< what was committed last
  bool in_doubt_ = false;  ///< whether the last commit was done
};

struct SendOptions {
  Rewriting rewriting;
  KeyFilter filter;
  std::uint64_t rate = 0;  ///< records a second; 0: as fast as it goes
};

/// Sends what the source has left, in units. `go_on` is told how many were sent; its no ends it between two units,
/// without an error.
[[nodiscard]] Result<> send_all(RecordSource& source, Sender& sender, const SendOptions& options, Wakeup& wakeup,
                                FunctionRef<bool(std::uint64_t sent)> go_on);

}  // namespace orders::replay
