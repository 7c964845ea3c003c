#include "kafka/admin.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/heartbeat.h"
#include "kafka/advice.h"
#include "kafka/client.h"

namespace orders::kafka {
namespace {

using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, Destroyer<rd_kafka_AdminOptions_destroy>>;
using RdNewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;
using RdDeleteTopic = std::unique_ptr<rd_kafka_DeleteTopic_t, Destroyer<rd_kafka_DeleteTopic_destroy>>;
using RdGroupOffsets =
    std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t, Destroyer<rd_kafka_AlterConsumerGroupOffsets_destroy>>;
using RdConfigResource = std::unique_ptr<rd_kafka_ConfigResource_t, Destroyer<rd_kafka_ConfigResource_destroy>>;

/// The error of the first topic in a create or delete result.
Result<> first_error(const rd_kafka_topic_result_t** results, std::size_t count, std::string_view what) {
  if (count == 0) return {};
  const auto code = rd_kafka_topic_result_error(results[0]);
  if (!code) return {};
  const char* detail = rd_kafka_topic_result_error_string(results[0]);
  return fail(classify(code), fmt::format("{}: {}", what, detail != nullptr ? detail : rd_kafka_err2str(code)),
              permission_advice(code));
}

/// What the coordinator says of offsets that come from outside while the group has members.
bool is_in_use(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS ||
         code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || code == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP;
}

Result<> set_offsets_result(const rd_kafka_group_result_t* result, const std::string& group, const std::string& what) {
  const auto fails = [&](rd_kafka_resp_err_t code, const std::string& where) -> Result<> {
    if (is_in_use(code)) return fail(ErrorClass::refused, fmt::format("group {} has members", group));
    return failure(code, where);
  };
  if (const auto* error = rd_kafka_group_result_error(result)) return fails(rd_kafka_error_code(error), what);
  const auto* partitions = rd_kafka_group_result_partitions(result);
  for (int i = 0; partitions != nullptr && i < partitions->cnt; ++i) {
    const auto& at = partitions->elems[i];
    if (at.err) return fails(at.err, fmt::format("{} for {}[{}]", what, at.topic, at.partition));
  }
  return {};
}

}  // namespace

struct Admin::Impl {
  ClientContext context;
  std::string bootstrap_servers;
  bool embedded = false;
  rd_kafka_t* client = nullptr;
  bool lost = false;  ///< a question to a group's coordinator was not answered: librdkafka 2.0.2 may never end then

  ~Impl() {
    const heartbeat::Wait wait("closing an admin client", closing_time);
    if (client != nullptr && !lost) rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }

  /// Sends one admin request and waits for its result.
  template <class Send>
  Result<Event> request(rd_kafka_admin_op_t operation, Milliseconds timeout, std::string_view what, Send send) const {
    if (embedded) {
      return fail(ErrorClass::invalid,
                  fmt::format("{}: the embedded broker of ordersd --dev does not answer that", what));
    }
    const Queue queue(rd_kafka_queue_new(client));
    const AdminOptions options(rd_kafka_AdminOptions_new(client, operation));
    std::array<char, 256> reason{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), std::max(to_timeout(timeout), 1), reason.data(),
                                              reason.size());
    send(options.get(), queue.get());
    const heartbeat::Wait wait("an admin request", timeout + Milliseconds{1'000});
    Event event(rd_kafka_queue_poll(queue.get(), to_timeout(timeout) + 1'000));
    const auto code = event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event.get());
    if (code) return failure(code, fmt::format("{} at {}", what, bootstrap_servers), &context);
    return event;
  }

  /// A list of all topics leaves out those that we may not see; only who asks for one is told so.
  Result<> check_visible(const std::string& name, Milliseconds timeout) const {
    const Topic topic(rd_kafka_topic_new(client, name.c_str(), nullptr));
    const auto what = fmt::format("looking for topic {} at {}", name, bootstrap_servers);
    const auto metadata = ask_metadata(client, topic.get(), timeout, what, context);
    if (!metadata) return fail(metadata.error());
    const auto code = (*metadata)->topic_cnt == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : (*metadata)->topics[0].err;
    if (is_denied(code)) return failure(code, what);
    return {};
  }
};

Admin::Admin(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Admin::Admin(Admin&&) noexcept = default;
Admin& Admin::operator=(Admin&&) noexcept = default;
Admin::~Admin() = default;

Result<Admin> Admin::create(const Connection& connection) {
  auto impl = std::make_unique<Impl>();
  impl->bootstrap_servers = connection.bootstrap_servers;
  impl->embedded = connection.embedded;
  ClientConfig config(connection, impl->context);
  config.set("socket.timeout.ms", request_timeout);
  // A consumer's handle: asking for metadata through a producer's would create topics on brokers that allow it.
  auto client = config.make(RD_KAFKA_CONSUMER);
  if (!client) return fail(client.error());
  impl->client = *client;
  return Admin(std::move(impl));
}

Result<std::vector<TopicInfo>> Admin::all_topics(Milliseconds timeout) const {
  const auto metadata =
      ask_metadata(impl_->client, nullptr, timeout, fmt::format("listing the topics at {}", impl_->bootstrap_servers),
                   impl_->context);
  if (!metadata) return fail(metadata.error());
  std::vector<TopicInfo> topics;
  for (const auto& topic : std::span((*metadata)->topics, static_cast<std::size_t>((*metadata)->topic_cnt))) {
    topics.push_back({topic.topic, topic.partition_cnt});
  }
  return topics;
}

Result<std::vector<TopicInfo>> Admin::topics(std::span<const std::string> names, Milliseconds timeout) const {
  auto all = all_topics(timeout);
  if (!all) return fail(all.error());
  std::vector<TopicInfo> wanted;
  for (const auto& name : names) {
    const auto found = std::ranges::find(*all, name, &TopicInfo::name);
    if (found == all->end() && !impl_->embedded) {  // the embedded broker would make the topic
      if (auto visible = impl_->check_visible(name, timeout); !visible) return fail(visible.error());
    }
    wanted.push_back(found == all->end() ? TopicInfo{name, 0} : *found);
  }
  return wanted;
}

Result<std::string> Admin::cluster_id(Milliseconds timeout) const {
  const heartbeat::Wait wait("asking for the cluster id", timeout);
  char* id = rd_kafka_clusterid(impl_->client, to_timeout(timeout));
  if (id == nullptr)
    return failure(RD_KAFKA_RESP_ERR__TIMED_OUT, fmt::format("asking {} for its cluster id", impl_->bootstrap_servers),
                   &impl_->context);
  std::string copy(id);
  rd_kafka_mem_free(impl_->client, id);
  return copy;
}

Result<> Admin::create_topic(const NewTopic& topic, Milliseconds timeout) const {
  std::array<char, 512> reason{};
  const RdNewTopic wanted(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication_factor,
                                                reason.data(), reason.size()));
  if (wanted == nullptr) return fail(ErrorClass::invalid, fmt::format("topic {}: {}", topic.name, reason.data()));
  for (const auto& [name, value] : topic.config)
    rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
  const auto what = fmt::format("creating topic {}", topic.name);
  auto event = impl_->request(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout, what, [&](auto* options, auto* queue) {
    rd_kafka_NewTopic_t* list[] = {wanted.get()};
    rd_kafka_CreateTopics(impl_->client, list, 1, options, queue);
  });
  if (!event) return fail(event.error());
  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreateTopics_result(event->get());
  const auto** topics = rd_kafka_CreateTopics_result_topics(result, &count);
  return first_error(topics, count, what);
}

Result<> Admin::delete_topic(const std::string& name, Milliseconds timeout) const {
  const RdDeleteTopic wanted(rd_kafka_DeleteTopic_new(name.c_str()));
  const auto what = fmt::format("deleting topic {}", name);
  auto event = impl_->request(RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout, what, [&](auto* options, auto* queue) {
    rd_kafka_DeleteTopic_t* list[] = {wanted.get()};
    rd_kafka_DeleteTopics(impl_->client, list, 1, options, queue);
  });
  if (!event) return fail(event.error());
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DeleteTopics_result(event->get());
  const auto** topics = rd_kafka_DeleteTopics_result_topics(result, &count);
  return first_error(topics, count, what);
}

Result<std::map<std::string, std::string>> Admin::topic_config(const std::string& name, Milliseconds timeout) const {
  const RdConfigResource wanted(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  const auto what = fmt::format("reading the configuration of topic {}", name);
  auto event = impl_->request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout, what, [&](auto* options, auto* queue) {
    rd_kafka_ConfigResource_t* list[] = {wanted.get()};
    rd_kafka_DescribeConfigs(impl_->client, list, 1, options, queue);
  });
  if (!event) return fail(event.error());
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DescribeConfigs_result(event->get());
  const auto** resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
  if (count == 0) return fail(ErrorClass::wait, fmt::format("{}: an empty answer", what));
  if (const auto code = rd_kafka_ConfigResource_error(resources[0])) return failure(code, what);
  std::size_t entries = 0;
  const auto** configs = rd_kafka_ConfigResource_configs(resources[0], &entries);
  std::map<std::string, std::string> found;
  for (const auto* entry : std::span(configs, entries)) {
    const char* value = rd_kafka_ConfigEntry_value(entry);
    found[rd_kafka_ConfigEntry_name(entry)] = value != nullptr ? value : "";
  }
  return found;
}

Result<Admin::Group> Admin::group(const std::string& id, Milliseconds timeout) const {
  const auto what = fmt::format("describing group {}", id);
  auto event = impl_->request(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, timeout, what, [&](auto* options, auto* queue) {
    const char* list[] = {id.c_str()};
    rd_kafka_DescribeConsumerGroups(impl_->client, list, 1, options, queue);
  });
  if (!event) {
    impl_->lost = !impl_->embedded;
    return fail(event.error());
  }
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DescribeConsumerGroups_result(event->get());
  const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
  if (count == 0) return fail(ErrorClass::wait, fmt::format("{}: an empty answer", what));
  if (const auto* error = rd_kafka_ConsumerGroupDescription_error(groups[0]))
    return failure(rd_kafka_error_code(error), what);
  Group group;
  group.state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(groups[0]));
  const auto members = rd_kafka_ConsumerGroupDescription_member_count(groups[0]);
  for (std::size_t i = 0; i < members; ++i) {
    const auto* member = rd_kafka_ConsumerGroupDescription_member(groups[0], i);
    const char* instance = rd_kafka_MemberDescription_group_instance_id(member);
    group.members.emplace_back(instance != nullptr ? instance : rd_kafka_MemberDescription_client_id(member));
  }
  return group;
}

Result<> Admin::set_offsets(const std::string& group, std::span<const PartitionOffset> offsets,
                            Milliseconds timeout) const {
  const auto what = fmt::format("setting the offsets of group {}", group);
  const auto list = to_list(offsets);
  const RdGroupOffsets wanted(rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get()));
  auto event =
      impl_->request(RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, timeout, what, [&](auto* options, auto* queue) {
        rd_kafka_AlterConsumerGroupOffsets_t* one[] = {wanted.get()};
        rd_kafka_AlterConsumerGroupOffsets(impl_->client, one, 1, options, queue);
      });
  if (!event) return fail(event.error());
  std::size_t count = 0;
  const auto* result = rd_kafka_event_AlterConsumerGroupOffsets_result(event->get());
  const auto** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count);
  if (count == 0) return fail(ErrorClass::wait, fmt::format("{}: an empty answer", what));
  return set_offsets_result(groups[0], group, what);
}

}  // namespace orders::kafka
