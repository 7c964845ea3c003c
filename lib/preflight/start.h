// What the daemon asks of the topics before it joins.
#pragma once

#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "kafka/admin.h"
#include "preflight/topic_plan.h"

namespace orders::preflight {

/// The inputs, `orders` and the dead-letter topic are there, and both inputs and `orders` have one count of partitions,
/// which is returned. `not_found` names topics that are missing: somebody may be making them. `invalid` for counts that
/// differ, `wait` when the broker is away.
[[nodiscard]] Result<std::int32_t> check_counts(const kafka::Admin& admin, const config::Topics& topics,
                                                Milliseconds timeout);

/// Their settings, by the rules of topic_plan.h. `invalid` names everything that is refused, with the commands that
/// mend it; what is only warned of is logged. A configuration that can't be read is warned of, too.
[[nodiscard]] Result<> check_settings(const kafka::Admin& admin, const config::Config& config, Milliseconds timeout);

/// The refusal that `findings` come to, if any.
[[nodiscard]] Result<> refusal(const std::vector<Finding>& findings);

}  // namespace orders::preflight
