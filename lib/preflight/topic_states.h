// Looking at the topics that are there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/admin.h"
#include "preflight/topic_plan.h"

namespace orders::preflight {

/// The plan's topics as they are, in its order. A topic whose configuration the broker does not show (no authorization,
/// no admin requests) has the reason instead. `wait` when the broker is away.
[[nodiscard]] Result<std::vector<TopicState>> read_topics(const kafka::Admin& admin, const std::vector<TopicPlan>& plan,
                                                          Milliseconds timeout);

/// Of the configuration's topics, by their names; 0: it is not there. `wait` when the broker is away.
[[nodiscard]] Result<std::map<std::string, std::int32_t>> partition_counts(const kafka::Connection& connection,
                                                                           const config::Config& config,
                                                                           Milliseconds timeout);

}  // namespace orders::preflight
