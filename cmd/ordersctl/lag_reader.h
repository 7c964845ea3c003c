// Where the readers of the topics are: by the broker, the daemon, or the state folder.
#pragma once

#include <vector>

#include "base/result.h"
#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "ordersctl/context.h"
#include "ordersctl/lag_estimate.h"

namespace orders::ctl {

/// Keeps its connections between two looks. Joins no group.
class LagReader {
 public:
  /// `wait` when the broker is away, `not_found` when a topic is not there.
  [[nodiscard]] static Result<LagReader> open(Context& context, Milliseconds timeout);

  /// The join and the database view by what their groups have committed, whether a daemon runs or not; the table by
  /// what the daemon says, or else by the state folder of this machine.
  [[nodiscard]] Result<std::vector<ReaderLag>> look();

 private:
  LagReader(Context& context, const config::Config& config, kafka::Consumer committed, kafka::Consumer uncommitted,
            Milliseconds timeout)
      : context_(&context),
        config_(&config),
        committed_(std::move(committed)),
        uncommitted_(std::move(uncommitted)),
        timeout_(timeout) {}

  [[nodiscard]] Result<> find_partitions(const kafka::Connection& connection);
  [[nodiscard]] Result<ReaderLag> of_group(const std::string& reader, const std::string& group,
                                           std::optional<kafka::Consumer>& consumer,
                                           const std::vector<kafka::TopicPartition>& partitions);
  [[nodiscard]] Result<ReaderLag> of_table();
  [[nodiscard]] Result<std::vector<PartitionLag>> with_ends(const std::vector<kafka::TopicPartition>& partitions);
  void ask_daemon_for_table(ReaderLag& table);
  void ask_folder_for_table(ReaderLag& table);

  Context* context_;
  const config::Config* config_;
  kafka::Consumer committed_, uncommitted_;  ///< of no group: they ask for the ends
  Milliseconds timeout_;
  std::optional<kafka::Consumer> join_group_, database_group_;
  std::vector<kafka::TopicPartition> inputs_, orders_;
};

}  // namespace orders::ctl
