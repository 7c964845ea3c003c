// What the parts of `replay reset` share: its options, and how a plan is shown and carried out.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ordersctl/context.h"
#include "ordersctl/exit_code.h"
#include "reset/join_plan.h"

namespace orders::ctl {

struct ResetOptions {
  std::string to;
  bool accept_gap = false;
  bool forget_results = false;
  bool execute = false;
  std::vector<std::string> partitions;  ///< numbers, as the parse has checked
  std::string topic, view;
  Milliseconds timeout{10'000};  ///< of each question to the broker
  Milliseconds wait{0};          ///< for the group to become empty
};

[[nodiscard]] Result<ExitCode> reset_join(Context& context, const ResetOptions& options);
[[nodiscard]] Result<ExitCode> reset_table(Context& context, const ResetOptions& options);
[[nodiscard]] Result<ExitCode> reset_database(Context& context, const ResetOptions& options);

[[nodiscard]] Result<std::optional<reset::Target>> target_of(const ResetOptions& options);
[[nodiscard]] std::vector<std::int32_t> partitions_of(const ResetOptions& options);

/// A plan as it is shown.
struct ShownPlan {
  std::string view;   ///< "join", "table", "database"
  std::string where;  ///< "group orders", "PostgreSQL 15.3 at …"
  std::vector<reset::Step> steps;
  std::vector<std::string> deletes;  ///< files and folders
  std::vector<std::string> notes;    ///< what else is to be known
  std::string then;                  ///< what to do, or what happens, once it is done
  [[nodiscard]] bool empty() const { return steps.empty() && deletes.empty(); }
};

/// Shows the plan; with --execute it is carried out, without it that is `refused`. An empty one is done already.
[[nodiscard]] Result<ExitCode> carry_out(const Context& context, const ResetOptions& options, const ShownPlan& plan,
                                         const std::function<Result<>()>& execute);

}  // namespace orders::ctl
