#include "support/cluster.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace orders::test {
namespace {

constexpr int timeout_ms = 30'000;

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};
using Client = std::unique_ptr<rd_kafka_t, Destroyer<rd_kafka_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using Binding = std::unique_ptr<rd_kafka_AclBinding_t, Destroyer<rd_kafka_AclBinding_destroy>>;

Client connect(const std::string& bootstrap) {
  std::array<char, 512> reason{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), reason.data(), reason.size());
  rd_kafka_conf_set(conf, "log_level", "2", reason.data(), reason.size());
  Client client(rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason.data(), reason.size()));
  if (client == nullptr) throw std::runtime_error(reason.data());
  return client;
}

rd_kafka_AclOperation_t to_rdkafka(Operation operation) {
  switch (operation) {
    case Operation::read:
      return RD_KAFKA_ACL_OPERATION_READ;
    case Operation::write:
      return RD_KAFKA_ACL_OPERATION_WRITE;
    case Operation::describe:
      return RD_KAFKA_ACL_OPERATION_DESCRIBE;
  }
  return RD_KAFKA_ACL_OPERATION_UNKNOWN;
}

/// Why the one ACL was not made; empty if it was.
std::string refusal(rd_kafka_event_t* event) {
  if (event == nullptr) return "no answer";
  if (rd_kafka_event_error(event)) return rd_kafka_event_error_string(event);
  std::size_t count = 0;
  const auto** results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &count);
  const auto* error = count == 0 ? nullptr : rd_kafka_acl_result_error(results[0]);
  return error == nullptr ? "" : rd_kafka_error_string(error);
}

}  // namespace

std::vector<std::int32_t> leaders(const std::string& bootstrap, const std::string& topic) {
  const auto client = connect(bootstrap);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (const auto error = rd_kafka_metadata(client.get(), 1, nullptr, &metadata, timeout_ms))
    throw std::runtime_error(rd_kafka_err2str(error));
  std::vector<std::int32_t> leaders;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& found = metadata->topics[i];
    if (found.topic != topic) continue;
    leaders.resize(static_cast<std::size_t>(found.partition_cnt), -1);
    for (int p = 0; p < found.partition_cnt; ++p)
      leaders.at(static_cast<std::size_t>(found.partitions[p].id)) = found.partitions[p].leader;
  }
  rd_kafka_metadata_destroy(metadata);
  return leaders;
}

void allow(const std::string& bootstrap, const std::string& principal, Operation operation, Resource resource,
           const std::string& name) {
  const auto client = connect(bootstrap);
  std::array<char, 512> reason{};
  const Binding binding(rd_kafka_AclBinding_new(
      resource == Resource::topic ? RD_KAFKA_RESOURCE_TOPIC : RD_KAFKA_RESOURCE_GROUP, name.c_str(),
      RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal.c_str(), "*", to_rdkafka(operation),
      RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, reason.data(), reason.size()));
  if (binding == nullptr) throw std::runtime_error(reason.data());
  const Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_AclBinding_t* bindings[] = {binding.get()};
  rd_kafka_CreateAcls(client.get(), bindings, 1, nullptr, queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), timeout_ms));
  if (const auto why = refusal(event.get()); !why.empty()) throw std::runtime_error("an ACL for " + name + ": " + why);
}

}  // namespace orders::test
