// `state verify --against-topic`: the table against the orders topic, told of in the format asked for.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "ordersctl/context.h"
#include "state/against_topic.h"

namespace orders::ctl {

struct AgainstTopic {
  std::string scratch;  ///< a folder for temporary files; empty: the system's
  Milliseconds timeout{30'000};
};

/// With progress, and stopped by Ctrl-C.
[[nodiscard]] Result<state::Comparison> compare_with_topic(Context& context, const AgainstTopic& options);

[[nodiscard]] std::string comparison_json(const state::Comparison& comparison);
[[nodiscard]] std::string comparison_text(const state::Comparison& comparison, bool colour);

}  // namespace orders::ctl
