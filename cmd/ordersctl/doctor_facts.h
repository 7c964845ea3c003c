// Gathers what doctor_rules.h judges: from the broker, the database, this machine, the daemon. Changes nothing.
#pragma once

#include <functional>
#include <vector>

#include "database/database.h"
#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "ordersctl/context.h"
#include "ordersctl/doctor_rules.h"
#include "ordersctl/topic_scan.h"
#include "preflight/topic_states.h"

namespace orders::ctl {

struct DoctorOptions {
  std::int64_t sample = 2'000;   ///< newest records of each input
  Milliseconds timeout{10'000};  ///< of each answer
  Milliseconds wait{3'000};      ///< between two looks at what may pass
};

/// Two connections: what a reader of committed records sees, and what is there. Asks for one thing at a time.
class BrokerFacts {
 public:
  [[nodiscard]] static Result<BrokerFacts> open(const kafka::Connection& connection, const config::Config& config,
                                                const DoctorOptions& options);

  [[nodiscard]] const std::string& cluster_id() const { return cluster_id_; }
  /// In the order of the topics' plan.
  [[nodiscard]] Result<std::vector<preflight::TopicState>> topics();
  /// Waits, if the group is in a rebalance, for as long as one may take.
  [[nodiscard]] Result<GroupFacts> group(const std::string& id, bool daemon_answers) const;
  /// Looks twice where anything is held back at all.
  [[nodiscard]] Result<std::vector<HeldBack>> held_back();
  struct Sample {
    KeySample keys;
    std::optional<Timestamp> newest;
    std::string newest_at;
  };
  [[nodiscard]] Result<Sample> sample(const std::string& topic);
  /// Nothing: there is no such partition.
  [[nodiscard]] Result<std::optional<kafka::Watermarks>> marks(const kafka::TopicPartition& at) const;
  /// 0: not there, or not yet asked for.
  [[nodiscard]] std::int32_t partitions_of(const std::string& topic) const;

 private:
  BrokerFacts(const config::Config& config, const DoctorOptions& options, kafka::Admin admin,
              kafka::Consumer committed, kafka::Consumer uncommitted)
      : config_(&config),
        options_(options),
        admin_(std::move(admin)),
        committed_(std::move(committed)),
        uncommitted_(std::move(uncommitted)) {}

  [[nodiscard]] std::vector<kafka::TopicPartition> partitions(const std::vector<std::string>& topics) const;
  [[nodiscard]] Result<std::vector<HeldBack>> look(const std::vector<kafka::TopicPartition>& partitions) const;
  void date(HeldBack& held);

  const config::Config* config_;
  DoctorOptions options_;
  kafka::Admin admin_;
  kafka::Consumer committed_, uncommitted_;
  std::string cluster_id_;
  std::map<std::string, std::int32_t> counts_;
};

/// Of PostgreSQL; `marks` tells where the partitions of `orders` begin and end, and is null without a broker.
[[nodiscard]] DatabaseFacts database_facts(
    database::Database& database,
    const std::function<Result<std::optional<kafka::Watermarks>>(std::int32_t partition)>& marks);

[[nodiscard]] StateFacts state_facts(const config::Config& config);
[[nodiscard]] LimitFacts limit_facts(const config::Config& config);
/// Without the records.
[[nodiscard]] ClockFacts clock_facts();
[[nodiscard]] DaemonFacts daemon_facts(Context& context, Milliseconds timeout);

}  // namespace orders::ctl
