#include "reset/view_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "kafka/admin.h"
#include "kafka/consumer.h"

namespace orders::reset {
namespace {

using kafka::offset_none;

std::optional<Step> mend(const ViewPartition& found, bool compacted) {
  const auto& [at, position, marks, at_time] = found;
  if (position == offset_none) return std::nullopt;
  if (position > marks.high) {
    return Step{at, position, marks.low, marks,
                fmt::format("it ends at {}: the topic was made anew. It is read from its begin; rows that have a "
                            "result of the old topic keep it unless they forget its offset (--forget-results)",
                            marks.high)};
  }
  if (position < marks.low && !compacted) {
    return Step{at, position, marks.low, marks,
                fmt::format("records {}..{} are gone: what they say of orders is not in the database", position,
                            marks.low - 1)};
  }
  return std::nullopt;
}

Result<std::optional<Step>> wind(const ViewPartition& found, const Target& target) {
  const auto& [at, position, marks, at_time] = found;
  if (position == offset_none) return std::nullopt;
  const auto to = offset_at(target, at, marks, position, at_time);
  if (!to) return fail(to.error());
  if (*to > position && target.kind != Target::Kind::offset) return std::nullopt;  // it has not come so far yet
  if (*to > position) {
    return fail(ErrorClass::invalid,
                fmt::format("{} lies ahead of the view's position in {}, which is {}: it would leave out records",
                            *to, at.text(), position));
  }
  return *to == position ? std::nullopt : std::optional(Step{at, position, *to, marks, {}});
}

}  // namespace

std::int64_t OrdersTopic::records() const {
  std::int64_t sum = 0;
  for (const auto& partition : partitions) sum += partition.marks.high - partition.marks.low;
  return sum;
}

Result<OrdersTopic> look_at_orders(const kafka::Connection& connection, const std::string& topic,
                                   const std::optional<Target>& target, Milliseconds timeout) {
  auto admin = kafka::Admin::create(connection);
  if (!admin) return fail(admin.error());
  const auto found = admin->topics(std::span(&topic, 1), timeout);
  if (!found) return fail(found.error());
  if (found->front().partitions == 0)
    return fail(ErrorClass::not_found, fmt::format("topic {} is not there", topic), "ordersctl topics create");
  auto settings = admin->topic_config(topic, timeout);
  if (!settings) return fail(settings.error());
  auto consumer = kafka::Consumer::create(connection, {});
  if (!consumer) return fail(consumer.error());
  OrdersTopic orders;
  orders.compacted = (*settings)["cleanup.policy"].find("compact") != std::string::npos;
  for (std::int32_t number = 0; number < found->front().partitions; ++number) {
    auto& partition = orders.partitions.emplace_back();
    partition.at = {topic, number};
    const auto marks = consumer->watermarks(partition.at, timeout);
    if (!marks) return fail(marks.error());
    partition.marks = *marks;
    if (!target || target->kind != Target::Kind::time) continue;
    const auto at_time = consumer->offset_for_time(partition.at, target->time, timeout);
    if (!at_time) return fail(at_time.error());
    partition.at_time = *at_time;
  }
  return orders;
}

Result<std::vector<Step>> plan_database(const OrdersTopic& topic, const ViewRequest& request) {
  const auto count = static_cast<std::int32_t>(topic.partitions.size());
  for (const auto partition : request.partitions) {
    if (partition >= 0 && partition < count) continue;
    return fail(ErrorClass::invalid, fmt::format("there is no partition {}: the topic has {}", partition, count));
  }
  std::vector<Step> steps;
  for (const auto& partition : topic.partitions) {
    const bool named = std::ranges::find(request.partitions, partition.at.partition) != request.partitions.end();
    if (!named && !request.partitions.empty()) continue;
    auto step = request.to ? wind(partition, *request.to)
                           : Result<std::optional<Step>>(mend(partition, topic.compacted));
    if (!step) return fail(step.error());
    if (*step) steps.push_back(*std::move(*step));
  }
  return steps;
}

}  // namespace orders::reset
