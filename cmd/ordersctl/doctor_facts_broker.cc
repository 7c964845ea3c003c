#include <algorithm>
#include <chrono>

#include "kafka/partitioner.h"
#include "order/key.h"
#include "ordersctl/doctor_facts.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds again = 500ms;
constexpr Milliseconds slack = 5s;  ///< of a rebalance, beyond the session that it may wait for

bool is_rebalance(const std::string& state) { return state.find("Rebalance") != std::string::npos; }

}  // namespace

Result<BrokerFacts> BrokerFacts::open(const kafka::Connection& connection, const config::Config& config,
                                      const DoctorOptions& options) {
  auto admin = kafka::Admin::create(connection);
  if (!admin) return fail(std::move(admin.error()));
  // Before the others are made: a broker that is away is told by one client, once.
  auto listed = admin->all_topics(options.timeout);
  if (!listed) return fail(std::move(listed.error()));
  auto cluster_id = admin->cluster_id(options.timeout);
  if (!cluster_id) return fail(std::move(cluster_id.error()));
  auto committed = kafka::Consumer::create(connection, {});
  if (!committed) return fail(std::move(committed.error()));
  kafka::ConsumerOptions all;
  all.read_committed = false;
  auto uncommitted = kafka::Consumer::create(connection, all);
  if (!uncommitted) return fail(std::move(uncommitted.error()));
  BrokerFacts facts(config, options, *std::move(admin), *std::move(committed), *std::move(uncommitted));
  facts.cluster_id_ = *std::move(cluster_id);
  return facts;
}

Result<std::vector<preflight::TopicState>> BrokerFacts::topics() {
  const auto plan = preflight::topic_plan(*config_);
  auto states = preflight::read_topics(admin_, plan, options_.timeout);
  if (!states) return states;
  for (std::size_t i = 0; i < plan.size(); ++i) counts_[plan[i].name] = (*states)[i].partitions;
  return states;
}

std::int32_t BrokerFacts::partitions_of(const std::string& topic) const {
  const auto found = counts_.find(topic);
  return found == counts_.end() ? 0 : found->second;
}

std::vector<kafka::TopicPartition> BrokerFacts::partitions(const std::vector<std::string>& topics) const {
  std::vector<kafka::TopicPartition> list;
  for (const auto& topic : topics) {
    for (std::int32_t partition = 0; partition < partitions_of(topic); ++partition) list.push_back({topic, partition});
  }
  return list;
}

Result<GroupFacts> BrokerFacts::group(const std::string& id, bool daemon_answers) const {
  const auto until = std::chrono::steady_clock::now() + config_->kafka.session_timeout + slack;
  while (true) {
    auto group = admin_.group(id, options_.timeout);
    if (!group) return fail(std::move(group.error()));
    const bool rebalancing = is_rebalance(group->state);
    if (rebalancing && std::chrono::steady_clock::now() < until && sleep_unless_stopped(again)) continue;
    return GroupFacts{id, std::move(group->state), std::move(group->members), rebalancing, daemon_answers};
  }
}

Result<std::vector<HeldBack>> BrokerFacts::look(const std::vector<kafka::TopicPartition>& partitions) const {
  // Stable first: what is written and committed between the two questions looks held back, until the second look.
  auto stable = committed_.offsets_for_time(partitions, from_millis(kafka::offset_end), options_.timeout);
  if (!stable) return fail(std::move(stable.error()));
  auto ends = uncommitted_.offsets_for_time(partitions, from_millis(kafka::offset_end), options_.timeout);
  if (!ends) return fail(std::move(ends.error()));
  std::vector<HeldBack> held;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if ((*stable)[i] < (*ends)[i]) held.push_back({partitions[i], (*stable)[i], (*ends)[i], std::nullopt});
  }
  return held;
}

Result<std::vector<HeldBack>> BrokerFacts::held_back() {
  const auto& topics = config_->topics;
  auto first = look(partitions({topics.payments, topics.stock, topics.orders, topics.dead_letter}));
  if (!first || first->empty()) return first;
  if (!sleep_unless_stopped(options_.wait)) return fail(ErrorClass::bug, "stopped between two looks at the topics");
  std::vector<kafka::TopicPartition> again_at;
  for (const auto& held : *first) again_at.push_back(held.at);
  auto second = look(again_at);
  if (!second) return second;
  std::erase_if(*second, [&](const HeldBack& held) {
    const auto before = std::ranges::find(*first, held.at, &HeldBack::at);
    return before->stable != held.stable;  // it moves: nothing but work under way
  });
  for (auto& held : *second) date(held);
  return second;
}

/// The record at the last stable offset is the transaction's first.
void BrokerFacts::date(HeldBack& held) {
  const auto dated = scan(uncommitted_, {{held.at, held.stable, held.stable + 1}}, {"records", options_.timeout, true},
                          [&](const kafka::Record& record) { held.begun = record.timestamp(); });
  if (!dated) held.begun.reset();
}

Result<BrokerFacts::Sample> BrokerFacts::sample(const std::string& topic) {
  const auto all = partitions({topic});
  auto begins = committed_.offsets_for_time(all, from_millis(kafka::offset_beginning), options_.timeout);
  if (!begins) return fail(std::move(begins.error()));
  auto ends = committed_.offsets_for_time(all, from_millis(kafka::offset_end), options_.timeout);
  if (!ends) return fail(std::move(ends.error()));
  const auto each = std::max<std::int64_t>(options_.sample / std::max<std::int64_t>(std::ssize(all), 1), 1);
  std::vector<ScanRange> ranges;
  for (std::size_t i = 0; i < all.size(); ++i) {
    ranges.push_back({all[i], std::max((*begins)[i], (*ends)[i] - each), (*ends)[i]});
  }
  Sample sample;
  const auto count = partitions_of(topic);
  const auto take = [&](const kafka::Record& record) {
    ++sample.keys.records;
    if (!sample.newest || record.timestamp() > *sample.newest) {
      sample.newest = record.timestamp();
      sample.newest_at = record.where();
    }
    const auto id = record.key() ? order::decode_key(*record.key(), config_->topics.key_format) : std::nullopt;
    if (!id) return;
    sample.keys.partitions[*id] = record.partition();
    if (kafka::partition_of_key(*record.key(), count) != record.partition()) ++sample.keys.elsewhere;
  };
  auto read = scan(committed_, ranges, {"offsets of " + topic, options_.timeout, true}, take);
  if (!read) return fail(std::move(read.error()));
  return sample;
}

Result<std::optional<kafka::Watermarks>> BrokerFacts::marks(const kafka::TopicPartition& at) const {
  if (at.partition < 0 || at.partition >= partitions_of(at.topic)) return std::nullopt;
  auto marks = committed_.watermarks(at, options_.timeout);
  if (!marks) return fail(std::move(marks.error()));
  return *marks;
}

}  // namespace orders::ctl
