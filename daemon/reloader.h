// SIGHUP: the configuration read anew while the daemon runs.
#pragma once

#include <mutex>

#include "api/status_json.h"
#include "base/log_levels.h"
#include "config/loader.h"
#include "daemon.h"

namespace orders::daemon {

/// Takes what can change while the daemon runs (config::is_reloadable), and says what else has changed. A configuration
/// with a mistake is not taken at all: the one before stays in effect.
class Reloader {
 public:
  /// From where the daemon was started, and with what. `levels` must outlive it.
  Reloader(config::Sources sources, config::Config started, LogLevels& levels)
      : sources_(std::move(sources)), levels_(levels), config_(std::move(started)) {}

  /// One thread at a time.
  void reload(Daemon& daemon);
  /// Any thread.
  [[nodiscard]] api::ConfigurationStatus status() const;

 private:
  void refuse(const std::vector<config::Problem>& problems);
  [[nodiscard]] std::optional<std::string> take(Daemon& daemon, const config::Config& wanted);

  const config::Sources sources_;
  LogLevels& levels_;
  config::Config config_;  ///< in effect
  mutable std::mutex mutex_;
  api::ConfigurationStatus status_;
};

}  // namespace orders::daemon
