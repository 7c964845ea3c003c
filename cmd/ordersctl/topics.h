// What `topics create` and `topics check` share: printing what was found.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/admin.h"
#include "ordersctl/context.h"
#include "ordersctl/exit_code.h"
#include "preflight/topic_plan.h"
#include "preflight/topic_states.h"

namespace orders::ctl {

using preflight::Finding;
using preflight::Level;
using preflight::TopicPlan;
using preflight::TopicState;

inline constexpr Milliseconds broker_timeout{10'000};

[[nodiscard]] std::string findings_json(const std::vector<Finding>& findings, bool lines);
[[nodiscard]] std::string findings_text(const std::vector<Finding>& findings, bool colour);
/// An error where any finding is one.
[[nodiscard]] Result<ExitCode> verdict(const std::vector<Finding>& findings);

}  // namespace orders::ctl
