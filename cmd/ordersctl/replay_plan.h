// What `replay topics` is about to do, or has done.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "kafka/types.h"
#include "ordersctl/context.h"
#include "replay/target_topics.h"

namespace orders::ctl {

struct ReplayPlan {
  struct Target {
    std::string from, to;
    replay::Load load;
  };
  std::string name;
  std::string source;  ///< the file, or "topics"
  bool resumed = false;
  std::vector<Target> targets;
  std::uint64_t records = 0, passed_over = 0;
  std::vector<std::string> objections;  ///< why it must not be done, each with what to do
};

struct ReplayRules {
  replay::Rewriting rewriting;
  bool into_live = false;  ///< topics that the configuration names may be written to
  Milliseconds timeout{30'000};
};

/// Fills in targets and objections; limits that the broker does not show are told on standard error.
[[nodiscard]] Result<> plan_targets(ReplayPlan& plan, const replay::Survey& survey, const ReplayRules& rules,
                                    const config::Topics& configured, const kafka::Connection& connection);

/// `sent`: how many have been; with `executed` false the plan is only shown.
void print_replay(const Context& context, const ReplayPlan& plan, bool executed, std::uint64_t sent);

}  // namespace orders::ctl
