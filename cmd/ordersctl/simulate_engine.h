// Answers new orders, exactly once: answers and the offsets of `orders` go into one Kafka transaction.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/result.h"
#include "config/config.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "ordersctl/simulate_decision.h"
#include "ordersctl/simulate_progress.h"
#include "ordersctl/simulate_verify.h"

namespace orders::ctl {

/// An order both of whose answers are committed.
struct AnsweredOrder {
  order::OrderId id = 0;
  order::Status payment = order::Status::unknown, stock = order::Status::unknown;
};

struct EngineOptions {
  kafka::Connection connection;
  config::Topics topics;
  std::string group;     ///< `<application_id>-simulate`
  std::string instance;  ///< names the static member and, with the group, the transactional id
  AnswerRules rules;
  std::uint64_t count = 0;  ///< takes no more orders than that; 0: no limit
  bool verify = false;
  std::function<void(const AnsweredOrder&)> answered;
};

/// One thread. The owner calls step() until it has what it wants.
class SimulateEngine : private kafka::RebalanceListener {
 public:
  explicit SimulateEngine(EngineOptions options);
  ~SimulateEngine() override;

  /// Reaches the broker and joins the group.
  [[nodiscard]] Result<> start();
  /// Reads what is there, sends what is due, and waits up to `timeout` for more. Waits out a broker that is away for a
  /// minute; then fails with `wait`.
  [[nodiscard]] Result<> step(Milliseconds timeout);
  /// Commits what was read, leaves the group.
  void stop();

  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  /// Orders that were taken, and have answers still to be sent.
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }
  [[nodiscard]] Verifier& verifier() { return verifier_; }
  /// When the last order or result was read, or answer sent.
  [[nodiscard]] std::chrono::steady_clock::time_point last_news() const { return last_news_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Place = std::pair<std::int32_t, std::int64_t>;  ///< partition, offset
  struct Partition {
    AnswerProgress progress;
    std::optional<kafka::PartitionQueue> queue;
    kafka::PartitionOffset committed;  ///< as last committed here
  };
  struct Pending {
    order::OrderId id = 0;
    std::string key, value;
    order::Splice splice;
    order::Status payment = order::Status::unknown, stock = order::Status::unknown;
  };
  struct Due {
    Clock::time_point when;
    Place place;
    Side side = Side::payment;
    bool operator>(const Due& other) const { return when > other.when; }
  };
  using Unit = std::vector<Due>;

  void assigned(const std::vector<kafka::TopicPartition>& partitions) override;
  void revoked(const std::vector<kafka::TopicPartition>& partitions, bool lost) override;
  [[nodiscard]] Result<> make_producer();
  [[nodiscard]] Result<> assign();
  void forget();
  [[nodiscard]] Result<kafka::PartitionOffset> start_of(const kafka::PartitionOffset& committed);
  void count_committed(const std::map<Place, Pending>& before);

  [[nodiscard]] Result<> work();
  [[nodiscard]] Result<> read();
  void take(std::int32_t partition, Partition& state, const kafka::Record& record);
  void take_new(Place place, const order::Answer& order, const kafka::Record& record, const AnswerProgress& progress);
  [[nodiscard]] bool full() const { return options_.count > 0 && taken_ >= options_.count; }

  /// With `all`, also offsets that moved without an answer.
  [[nodiscard]] Result<> send_due(bool all = false);
  [[nodiscard]] Unit next_unit();
  [[nodiscard]] Result<> send(const Unit& unit, const std::vector<kafka::PartitionOffset>& offsets);
  [[nodiscard]] kafka::OutputRecord answer_record(const Due& due) const;
  void settle(const Unit& unit);
  void confirm(const Pending& order);
  [[nodiscard]] Result<> recover(Error error);
  [[nodiscard]] Milliseconds until_due(Milliseconds at_most) const;

  EngineOptions options_;
  std::optional<kafka::Consumer> consumer_;
  std::optional<kafka::TransactionalProducer> producer_;
  std::vector<kafka::TopicPartition> assignment_;
  bool assign_again_ = false;
  std::map<std::int32_t, Partition> partitions_;
  std::map<std::int32_t, kafka::PartitionOffset> last_committed_;  ///< by this process; outlives a rebalance
  std::map<std::int32_t, std::int64_t> results_read_;              ///< up to where results were handed to the verifier
  std::set<std::int32_t> lost_;  ///< partitions whose committed offset is not there any more
  order::Parser parser_;
  std::map<Place, Pending> pending_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::uint64_t taken_ = 0, answered_ = 0;
  Verifier verifier_;
  Backoff backoff_{{Milliseconds(50), 2, Milliseconds(1'000)}};
  std::optional<Clock::time_point> failing_since_;
  Clock::time_point last_news_ = Clock::now(), last_commit_ = Clock::now();
};

}  // namespace orders::ctl
