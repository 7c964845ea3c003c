#include "topology_graph.h"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "preflight/topic_states.h"

namespace orders::daemon {
namespace {

constexpr Milliseconds ask_timeout{2'000};
constexpr std::chrono::seconds good_for{10};

class PartitionCounts {
 public:
  PartitionCounts(const config::Config& config, kafka::Connection connection)
      : config_(config), connection_(std::move(connection)) {}

  std::map<std::string, std::int32_t> get() {
    const std::lock_guard lock(mutex_);
    if (std::chrono::steady_clock::now() < ask_again_) return counts_;
    auto counts = preflight::partition_counts(connection_, config_, ask_timeout);
    counts_ = counts ? *std::move(counts) : std::map<std::string, std::int32_t>();
    ask_again_ = std::chrono::steady_clock::now() + good_for;
    return counts_;
  }

 private:
  const config::Config& config_;
  const kafka::Connection connection_;
  std::mutex mutex_;
  std::map<std::string, std::int32_t> counts_;
  std::chrono::steady_clock::time_point ask_again_{};
};

}  // namespace

std::function<graph::Graph()> topology_graph(const config::Config& config, const kafka::Connection& connection) {
  return [&config, counts = std::make_shared<PartitionCounts>(config, connection)] {
    return graph::graph_of(config, counts->get());
  };
}

}  // namespace orders::daemon
