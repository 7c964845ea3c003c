// Topics and groups: looking and creating.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/types.h"

namespace orders::kafka {

struct NewTopic {
  std::string name;
  std::int32_t partitions = 1;
  std::int32_t replication_factor = -1;  ///< -1: the broker's default
  std::map<std::string, std::string> config;
};

struct TopicInfo {
  std::string name;
  std::int32_t partitions = 0;  ///< 0: the topic is not there
};

/// Any thread. Every call ends after `timeout` with `wait`, naming the broker that was asked; those that the embedded
/// broker can't answer end at once with `invalid` there.
class Admin {
 public:
  [[nodiscard]] static Result<Admin> create(const Connection& connection);
  Admin(Admin&&) noexcept;
  Admin& operator=(Admin&&) noexcept;
  ~Admin();

  /// `denied` when one of them may not be seen.
  [[nodiscard]] Result<std::vector<TopicInfo>> topics(std::span<const std::string> names, Milliseconds timeout) const;
  [[nodiscard]] Result<std::vector<TopicInfo>> all_topics(Milliseconds timeout) const;
  [[nodiscard]] Result<std::string> cluster_id(Milliseconds timeout) const;
  /// An existing topic is `refused`.
  [[nodiscard]] Result<> create_topic(const NewTopic& topic, Milliseconds timeout) const;
  [[nodiscard]] Result<> delete_topic(const std::string& name, Milliseconds timeout) const;
  /// The topic's effective configuration, defaults included.
  [[nodiscard]] Result<std::map<std::string, std::string>> topic_config(const std::string& name,
                                                                        Milliseconds timeout) const;
  struct Group {
    std::string state;  ///< "Stable", "Empty", "Dead", …
    std::vector<std::string> members;
  };
  [[nodiscard]] Result<Group> group(const std::string& id, Milliseconds timeout) const;
  /// Replaces what the group has committed for these partitions, in one request. `refused` while it has members: the
  /// broker sees to that itself, so nobody can join in between.
  [[nodiscard]] Result<> set_offsets(const std::string& group, std::span<const PartitionOffset> offsets,
                                     Milliseconds timeout) const;

 private:
  struct Impl;
  explicit Admin(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace orders::kafka
