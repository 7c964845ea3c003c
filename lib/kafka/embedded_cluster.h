// librdkafka's mock cluster as the broker of `ordersd --dev`: a real TCP listener inside this process.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "kafka/admin.h"

namespace orders::kafka {

/// No isolation, no fencing, no offsets committed inside transactions, no admin requests: for looking, not for keeping.
class EmbeddedCluster {
 public:
  [[nodiscard]] static Result<EmbeddedCluster> start(std::span<const NewTopic> topics);
  EmbeddedCluster(EmbeddedCluster&&) noexcept;
  EmbeddedCluster& operator=(EmbeddedCluster&&) noexcept;
  ~EmbeddedCluster();
  [[nodiscard]] const std::string& bootstrap_servers() const;

 private:
  struct Impl;
  explicit EmbeddedCluster(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace orders::kafka
