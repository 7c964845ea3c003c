// `ordersd --dev`: everything in this process and a temporary folder, for looking and for demos.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/loader.h"
#include "kafka/embedded_cluster.h"

namespace orders::daemon {

/// Owns the embedded broker, the temporary folder, and the file by which ordersctl finds the daemon.
class DevMode {
 public:
  /// Starts the broker with the topics that `sources` name, and adds to `sources` what makes the daemon use it all.
  /// `refused` when the sources name a real broker, database or state folder.
  [[nodiscard]] static Result<std::unique_ptr<DevMode>> start(config::Sources& sources);
  DevMode(const DevMode&) = delete;
  DevMode& operator=(const DevMode&) = delete;
  /// Removes the folder and the file.
  ~DevMode();

  /// Leaves the effective configuration for ordersctl, once the daemon answers.
  [[nodiscard]] Result<> announce(const config::Loaded& loaded);
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  DevMode() = default;
  std::filesystem::path folder_;
  std::filesystem::path announced_;
  std::optional<kafka::EmbeddedCluster> cluster_;
};

}  // namespace orders::daemon
