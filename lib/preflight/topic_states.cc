#include "preflight/topic_states.h"

#include <algorithm>
#include <string>

namespace orders::preflight {
namespace {

/// A broker that has just answered, but not this, can't (librdkafka's mock cluster).
constexpr Milliseconds config_timeout{5'000};

Result<std::vector<kafka::TopicInfo>> find_topics(const kafka::Admin& admin, const std::vector<TopicPlan>& plan,
                                                  Milliseconds timeout) {
  std::vector<std::string> names;
  for (const auto& topic : plan) names.push_back(topic.name);
  return admin.topics(names, timeout);
}

}  // namespace

Result<std::vector<TopicState>> read_topics(const kafka::Admin& admin, const std::vector<TopicPlan>& plan,
                                            Milliseconds timeout) {
  auto infos = find_topics(admin, plan, timeout);
  if (!infos) return fail(std::move(infos.error()));
  std::vector<TopicState> states(plan.size());
  std::string cannot;  // once the broker has not answered, the other topics need not be asked for
  for (std::size_t i = 0; i < plan.size(); ++i) {
    states[i].partitions = (*infos)[i].partitions;
    states[i].config_error = cannot;
    if (states[i].partitions == 0 || !cannot.empty()) continue;
    auto config = admin.topic_config(plan[i].name, std::min(timeout, config_timeout));
    if (config) {
      states[i].config = std::move(*config);
      continue;
    }
    states[i].config_error = config.error().message;
    if (config.error().error_class != ErrorClass::wait) continue;
    if (auto again = find_topics(admin, plan, timeout); !again) return fail(std::move(again.error()));
    cannot = states[i].config_error;
  }
  return states;
}

Result<std::map<std::string, std::int32_t>> partition_counts(const kafka::Connection& connection,
                                                             const config::Config& config, Milliseconds timeout) {
  const auto admin = kafka::Admin::create(connection);
  if (!admin) return fail(admin.error());
  const auto topics = find_topics(*admin, topic_plan(config), timeout);
  if (!topics) return fail(topics.error());
  std::map<std::string, std::int32_t> counts;
  for (const auto& topic : *topics) counts[topic.name] = topic.partitions;
  return counts;
}

}  // namespace orders::preflight
