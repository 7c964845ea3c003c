// Positions against what the topics hold.
#include <fmt/format.h>

#include <map>
#include <span>

#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "state/verify.h"

namespace orders::state {
namespace {

constexpr Milliseconds ask_time{5'000};

/// The broker, asked once about each partition.
class Ends {
 public:
  [[nodiscard]] static Result<Ends> open(const kafka::Connection& connection) {
    auto admin = kafka::Admin::create(connection);
    if (!admin) return fail(admin.error());
    auto cluster_id = admin->cluster_id(ask_time);
    if (!cluster_id) return fail(cluster_id.error());
    auto consumer = kafka::Consumer::create(connection, {});
    if (!consumer) return fail(consumer.error());
    return Ends(*std::move(admin), *std::move(consumer), *std::move(cluster_id));
  }
  [[nodiscard]] const std::string& cluster_id() const { return cluster_id_; }
  /// Nothing: there is no such partition.
  [[nodiscard]] Result<std::optional<kafka::Watermarks>> of(const kafka::TopicPartition& at) {
    auto partitions = partitions_of(at.topic);
    if (!partitions) return fail(partitions.error());
    if (at.partition < 0 || at.partition >= *partitions) return std::nullopt;
    if (const auto known = marks_.find(at); known != marks_.end()) return known->second;
    auto marks = consumer_.watermarks(at, ask_time);
    if (!marks) return fail(marks.error());
    marks_.emplace(at, *marks);
    return *marks;
  }

 private:
  Ends(kafka::Admin admin, kafka::Consumer consumer, std::string cluster_id)
      : admin_(std::move(admin)), consumer_(std::move(consumer)), cluster_id_(std::move(cluster_id)) {}

  [[nodiscard]] Result<std::int32_t> partitions_of(const std::string& topic) {
    if (const auto known = partitions_.find(topic); known != partitions_.end()) return known->second;
    auto found = admin_.topics(std::span(&topic, 1), ask_time);
    if (!found) return fail(found.error());
    return partitions_[topic] = found->empty() ? 0 : found->front().partitions;
  }

  kafka::Admin admin_;
  kafka::Consumer consumer_;
  std::string cluster_id_;
  std::map<std::string, std::int32_t> partitions_;
  std::map<kafka::TopicPartition, kafka::Watermarks> marks_;
};

Result<> compare(StoreReport& store, Ends& ends) {
  if (!store.cluster_id.empty() && store.cluster_id != ends.cluster_id()) {
    store.damages.add("identity",
                      fmt::format("it is of cluster {}, and this is {}", store.cluster_id, ends.cluster_id()));
    return {};  // offsets of another cluster mean nothing here
  }
  for (auto& position : store.positions) {
    auto marks = ends.of(position.at);
    if (!marks) return fail(marks.error());
    position.marks = *marks;
    const auto where = fmt::format("position in {}", position.at.text());
    if (!*marks) {
      store.damages.add(where, "there is no such partition: the topic is not there, or was made anew");
    } else if (position.next_offset > (*marks)->high) {
      store.damages.add(where, fmt::format("is {}, but the topic ends at {}: it was made anew, or lost records",
                                           position.next_offset, (*marks)->high));
    }
  }
  return {};
}

}  // namespace

Result<> compare_with_ends(std::vector<StoreReport>& stores, const kafka::Connection& connection) {
  auto ends = Ends::open(connection);
  if (!ends) return fail(ends.error());
  for (auto& store : stores) {
    if (auto compared = compare(store, *ends); !compared) return compared;
  }
  return {};
}

}  // namespace orders::state
