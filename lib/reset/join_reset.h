// The stopped join's committed offsets: looked at, and replaced.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "reset/join_plan.h"

namespace orders::reset {

/// One thread. Each question to the broker ends after `timeout` with `wait`.
class JoinReset {
 public:
  /// `config` must outlive it.
  [[nodiscard]] static Result<JoinReset> open(const config::Config& config, const kafka::Connection& connection,
                                              Milliseconds timeout);

  /// Who is in the group `<application_id>`: static members by their names. One that was killed stays until its
  /// session has timed out (kafka.session_timeout).
  [[nodiscard]] Result<std::vector<std::string>> members() const;
  /// Waits for transactions under way to be settled. `target`: its time is looked up, if it is one.
  [[nodiscard]] Result<Situation> look(const std::optional<Target>& target) const;
  /// All offsets in one request, then join.run. `refused` when the group has members, or when join.run has to go and an
  /// ordersd uses the state folder. What was done is found done when it is planned again.
  [[nodiscard]] Result<> execute(const JoinPlan& plan) const;

  [[nodiscard]] const std::string& group() const { return config_.application_id; }
  [[nodiscard]] std::filesystem::path run_file() const;

 private:
  JoinReset(const config::Config& config, Milliseconds timeout, kafka::Admin admin, kafka::Consumer consumer)
      : config_(config), timeout_(timeout), admin_(std::move(admin)), consumer_(std::move(consumer)) {}
  [[nodiscard]] Result<std::int32_t> partition_count() const;
  [[nodiscard]] Result<> look_at_broker(std::vector<Task>& tasks, const std::optional<Target>& target) const;
  [[nodiscard]] Result<> look_at_folder(Situation& situation) const;

  const config::Config& config_;
  Milliseconds timeout_;
  kafka::Admin admin_;
  kafka::Consumer consumer_;
};

/// <state.directory>/<application_id>, where the table, the join's buffers, join.run and the lock are.
[[nodiscard]] std::filesystem::path state_folder(const config::Config& config);

}  // namespace orders::reset
