// What /metrics shows and does not wait for.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/guarded_thread.h"
#include "config/config.h"
#include "dlq/undrained.h"
#include "metrics/snapshot.h"
#include "table/table.h"

namespace orders::daemon {

/// Owns a thread that looks every ten seconds.
class Lookups {
 public:
  /// `table` gives null while there is none; it must not block.
  Lookups(const kafka::Connection& connection, const config::Topics& topics,
          std::function<std::shared_ptr<const table::Table>()> table);

  /// What was found when it looked last. Any thread.
  [[nodiscard]] metrics::LookedUp get() const;
  /// Idempotent.
  void stop() { thread_.stop(); }

 private:
  [[nodiscard]] Result<> run(const std::stop_token& stop);
  void look_at_table();
  void look_at_dead_letters(const std::stop_token& stop);

  const std::function<std::shared_ptr<const table::Table>()> table_;
  dlq::Undrained letters_;
  std::string trouble_;  ///< why the dead letters could not be counted, as it was logged
  mutable std::mutex mutex_;
  metrics::LookedUp found_;
  GuardedThread thread_;
};

}  // namespace orders::daemon
