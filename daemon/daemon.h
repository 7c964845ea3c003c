// The parts of ordersd, wired. The order of the members is the order in which the data passes through them.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "api/routes.h"
#include "api/server.h"
#include "base/file.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "config/config.h"
#include "database/database.h"
#include "intake/intake.h"
#include "kafka/types.h"
#include "lookups.h"
#include "topology/supervisor.h"
#include "view/view.h"

namespace orders::daemon {

class Daemon {
 public:
  using Failed = std::function<void(std::string_view part, const Error&)>;
  /// What is shown of, and done to, a configuration that changes; all must outlive the daemon.
  struct Changes {
    LogLevels* log_levels = nullptr;
    std::function<api::ConfigurationStatus()> configuration;
  };
  /// Starts everything, without waiting for what is away. Fails for what does not mend itself: the state folder in use
  /// or not writable, a schema that is not ours, a configuration that a part refuses. `failed` is called at most once,
  /// from another thread, when a part can't go on. `config` must outlive the daemon. `embedded`: the broker is that of
  /// --dev.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> start(const config::Config& config, bool embedded,
                                                             Failed failed, Changes changes);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  /// See api::Server::renew().
  [[nodiscard]] Result<> renew_api(const config::Api& api) { return server_->renew(api); }
  /// What the parts say of themselves now. Any thread; does not block.
  [[nodiscard]] api::Snapshot snapshot() const { return api::snapshot(services_); }
  /// Takes no more requests, finishes the units of work and batches under way, leaves the groups.
  ~Daemon();

 private:
  explicit Daemon(const config::Config& config) : config_(config) {}
  [[nodiscard]] Result<> lock_state();
  [[nodiscard]] Result<> open_database();
  [[nodiscard]] Result<> start_views();
  [[nodiscard]] Result<> start_intake();
  [[nodiscard]] Result<> start_join();
  [[nodiscard]] Result<> start_api();
  /// What `part` calls when it can't go on.
  [[nodiscard]] std::function<void(const Error&)> failure_of(std::string_view part);
  /// <state.directory>/<application_id>: the table, the embedded database, the lock.
  [[nodiscard]] std::filesystem::path state_folder() const;

  const config::Config& config_;
  Failed failed_;
  Changes changes_;
  std::once_flag failed_once_;
  kafka::Connection connection_;
  std::optional<FileLock> lock_;
  std::unique_ptr<database::Database> database_;
  std::shared_ptr<rocks::Memory> rocks_memory_;  ///< of the table and of the join's buffers on disk: state.memory
  std::unique_ptr<topology::Supervisor> join_;
  std::unique_ptr<view::TableView> table_;
  std::unique_ptr<view::DatabaseView> rows_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<intake::Intake> intake_;
  std::unique_ptr<Lookups> lookups_;
  std::unique_ptr<api::TableQueries> queries_;
  api::Services services_;
  std::optional<api::Server> server_;
};

}  // namespace orders::daemon
