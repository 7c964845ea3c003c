// What `topics create` and `topics check` share: looking at the topics that are there.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/admin.h"
#include "ordersctl/context.h"
#include "ordersctl/exit_code.h"
#include "ordersctl/topic_plan.h"

namespace orders::ctl {

inline constexpr Milliseconds broker_timeout{10'000};

/// The plan's topics as they are, in its order.
[[nodiscard]] Result<std::vector<TopicState>> read_topics(const kafka::Admin& admin,
                                                          const std::vector<TopicPlan>& plan);

[[nodiscard]] std::string findings_json(const std::vector<Finding>& findings, bool lines);
[[nodiscard]] std::string findings_text(const std::vector<Finding>& findings, bool colour);
/// An error where any finding is one.
[[nodiscard]] Result<ExitCode> verdict(const std::vector<Finding>& findings);

}  // namespace orders::ctl
