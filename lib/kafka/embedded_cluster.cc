#include "kafka/embedded_cluster.h"

#include <fmt/format.h>

#include "kafka/client.h"

// After rdkafka.h, whose macros it needs.
#include <librdkafka/rdkafka_mock.h>

namespace orders::kafka {

struct EmbeddedCluster::Impl {
  ClientContext context;
  rd_kafka_t* client = nullptr;
  rd_kafka_mock_cluster_t* cluster = nullptr;
  std::string bootstrap_servers;

  ~Impl() {
    if (cluster != nullptr) rd_kafka_mock_cluster_destroy(cluster);
    if (client != nullptr) rd_kafka_destroy(client);
  }
};

EmbeddedCluster::EmbeddedCluster(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbeddedCluster::EmbeddedCluster(EmbeddedCluster&&) noexcept = default;
EmbeddedCluster& EmbeddedCluster::operator=(EmbeddedCluster&&) noexcept = default;
EmbeddedCluster::~EmbeddedCluster() = default;

Result<EmbeddedCluster> EmbeddedCluster::start(std::span<const NewTopic> topics) {
  auto impl = std::make_unique<Impl>();
  const Connection nowhere{.bootstrap_servers = "", .properties = {}, .client_id = "embedded-cluster"};
  ClientConfig config(nowhere, impl->context);
  auto client = config.make(RD_KAFKA_PRODUCER);
  if (!client) return fail(client.error());
  impl->client = *client;
  impl->cluster = rd_kafka_mock_cluster_new(impl->client, 1);
  if (impl->cluster == nullptr) return fail(ErrorClass::wait, "the embedded broker can't listen on 127.0.0.1");
  for (const auto& topic : topics) {
    if (const auto code = rd_kafka_mock_topic_create(impl->cluster, topic.name.c_str(), topic.partitions, 1)) {
      return failure(code, fmt::format("creating topic {} in the embedded broker", topic.name));
    }
  }
  impl->bootstrap_servers = rd_kafka_mock_cluster_bootstraps(impl->cluster);
  return EmbeddedCluster(std::move(impl));
}

const std::string& EmbeddedCluster::bootstrap_servers() const { return impl_->bootstrap_servers; }

}  // namespace orders::kafka
