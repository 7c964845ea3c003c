// What the topics must look like, and what is wrong with those that are there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace orders::preflight {

enum class Role : std::uint8_t { orders, payments, stock, dead_letter, drained };
[[nodiscard]] std::string_view to_string(Role role);
/// Whether its partition count must be that of the others: `orders` and both inputs.
[[nodiscard]] bool joined(Role role);

struct TopicPlan {
  Role role = Role::orders;
  std::string name;
  std::map<std::string, std::string> config;  ///< what `topics create` sets
};

/// The five topics of a configuration, in the order of Role.
[[nodiscard]] std::vector<TopicPlan> topic_plan(const config::Config& config);

/// How far back the inputs must be kept for a restart to find all that it needs (DESIGN: Commit metadata and rebuild;
/// topology::needed_from says the same of a task).
[[nodiscard]] Milliseconds least_retention(const config::Join& join);
/// And for one after an outage: 7 days, or four times what a rebuild reads at most, whichever is longer.
[[nodiscard]] Milliseconds advised_retention(const config::Join& join);
/// What the topics of results and dead letters must take: a record and the headers that come to it, and never less than
/// a batch of small ones.
[[nodiscard]] std::int64_t needed_record_size(const config::Limits& limits);

/// A topic as it is.
struct TopicState {
  std::int32_t partitions = 0;                               ///< 0: not there
  std::optional<std::map<std::string, std::string>> config;  ///< none: it could not be read
  std::string config_error;                                  ///< why
};

enum class Level : std::uint8_t { ok, warn, error };
[[nodiscard]] std::string_view to_string(Level level);

/// `warn`: it works, and will disappoint some day. `error`: the daemon refuses to start.
struct Finding {
  Level level = Level::ok;
  std::string topic;
  std::string what;  ///< the value found, the one that is needed, and why
  std::string mend;  ///< the command; empty where nothing has to be done
};

/// One `ok` for a topic that nothing is wrong with. `states` is in the order of `plan`.
[[nodiscard]] std::vector<Finding> check_topics(const std::vector<TopicPlan>& plan,
                                                const std::vector<TopicState>& states, const config::Config& config);
[[nodiscard]] bool any_error(const std::vector<Finding>& findings);

}  // namespace orders::preflight
