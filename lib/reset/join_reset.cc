#include "reset/join_reset.h"

#include <fmt/format.h>

#include <array>
#include <system_error>

#include "base/file.h"
#include "reset/buffer_on_disk.h"
#include "topology/run_marker.h"

namespace orders::reset {

namespace fs = std::filesystem;

fs::path state_folder(const config::Config& config) {
  return fs::path(config.state.directory) / config.application_id;
}

Result<JoinReset> JoinReset::open(const config::Config& config, const kafka::Connection& connection,
                                  Milliseconds timeout) {
  auto admin = kafka::Admin::create(connection);
  if (!admin) return fail(admin.error());
  // It asks for the group's offsets, and never joins it.
  auto consumer = kafka::Consumer::create(connection, {.group_id = config.application_id,
                                                       .group_instance_id = {},
                                                       .session_timeout = config.kafka.session_timeout,
                                                       .read_committed = true});
  if (!consumer) return fail(consumer.error());
  return JoinReset(config, timeout, *std::move(admin), *std::move(consumer));
}

fs::path JoinReset::run_file() const { return state_folder(config_) / "join.run"; }

Result<std::vector<std::string>> JoinReset::members() const {
  auto found = admin_.group(group(), timeout_);
  if (!found) return fail(found.error());
  return std::move(found->members);
}

Result<std::int32_t> JoinReset::partition_count() const {
  std::int32_t count = 0;
  for (const auto& topic : {config_.topics.payments, config_.topics.stock}) {
    const auto found = admin_.topics(std::span(&topic, 1), timeout_);
    if (!found) return fail(found.error());
    const auto partitions = found->front().partitions;
    if (partitions == 0) {
      return fail(ErrorClass::not_found, fmt::format("topic {} is not there", topic), "ordersctl topics create");
    }
    if (count != 0 && partitions != count) {
      return fail(ErrorClass::invalid,
                  fmt::format("{} has {} partitions, and {} has {}: the join needs the same number of both",
                              config_.topics.payments, count, topic, partitions),
                  "ordersctl topics check");
    }
    count = partitions;
  }
  return count;
}

Result<> JoinReset::look_at_broker(std::vector<Task>& tasks, const std::optional<Target>& target) const {
  std::vector<kafka::TopicPartition> all;
  for (const auto& task : tasks) {
    for (const auto& input : task.inputs) all.push_back(input.at);
  }
  auto committed = consumer_.committed(all, timeout_);
  if (!committed) return fail(committed.error());
  auto next = committed->begin();
  for (auto& task : tasks) {
    for (auto& input : task.inputs) {
      input.committed = next->offset;
      input.metadata = std::move(next++->metadata);
      const auto marks = consumer_.watermarks(input.at, timeout_);
      if (!marks) return fail(marks.error());
      input.marks = *marks;
      if (!target || target->kind != Target::Kind::time) continue;
      const auto at_time = consumer_.offset_for_time(input.at, target->time, timeout_);
      if (!at_time) return fail(at_time.error());
      input.at_time = *at_time;
    }
  }
  return {};
}

/// What this instance's folder says; another instance's is not asked.
Result<> JoinReset::look_at_folder(Situation& situation) const {
  const auto cluster_id = admin_.cluster_id(timeout_);
  if (!cluster_id) return fail(cluster_id.error());
  const std::array topics{config_.topics.payments, config_.topics.stock};
  topology::RunMarker marker(run_file());
  if (auto read = marker.read({*cluster_id, topics}); !read) {
    return fail(ErrorClass::bug, read.error().message, "run this as a user who may read ordersd's state folder");
  }
  situation.ran_with = marker.partitions();
  for (std::size_t p = 0; p < situation.tasks.size(); ++p) {
    const auto partition = static_cast<std::int32_t>(p);
    auto& task = situation.tasks[p];
    task.committed_before = marker.has_committed(partition);
    task.buffered = bridges(state_folder(config_) / "join" / std::to_string(partition),
                            {config_.application_id, *cluster_id, topics, partition}, task);
  }
  return {};
}

Result<Situation> JoinReset::look(const std::optional<Target>& target) const {
  const auto count = partition_count();
  if (!count) return fail(count.error());
  Situation situation;
  for (std::int32_t partition = 0; partition < *count; ++partition) {
    auto& task = situation.tasks.emplace_back();
    task.inputs[0].at = {config_.topics.payments, partition};
    task.inputs[1].at = {config_.topics.stock, partition};
  }
  if (auto looked = look_at_broker(situation.tasks, target); !looked) return fail(looked.error());
  if (auto looked = look_at_folder(situation); !looked) return fail(looked.error());
  return situation;
}

Result<> JoinReset::execute(const JoinPlan& plan) const {
  std::optional<FileLock> lock;
  if (!plan.forgets_run.empty()) {
    auto locked = FileLock::acquire(state_folder(config_) / "lock");
    if (!locked) {
      const bool used = locked.error().error_class == ErrorClass::refused;
      return fail(used ? ErrorClass::refused : ErrorClass::bug,
                  used ? fmt::format("an ordersd uses the state folder {}", state_folder(config_).string())
                       : locked.error().message,
                  used ? "stop it" : "run this as a user who may write there");
    }
    lock.emplace(*std::move(locked));
  }
  if (!plan.steps.empty()) {
    std::vector<kafka::PartitionOffset> offsets;
    for (const auto& step : plan.steps) offsets.push_back({step.at, step.to, {}});
    if (auto set = admin_.set_offsets(group(), offsets, timeout_); !set) return set;
  }
  if (plan.forgets_run.empty()) return {};
  std::error_code problem;
  fs::remove(run_file(), problem);
  if (!problem) return {};
  return fail(ErrorClass::bug, fmt::format("can't delete {}: {}", run_file().string(), problem.message()),
              "delete it by hand; the offsets are as planned");
}

}  // namespace orders::reset
