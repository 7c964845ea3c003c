#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "ordersctl/replay_reset.h"
#include "ordersctl/stop.h"
#include "reset/join_reset.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

Error in_use(const std::string& group, const std::vector<std::string>& members, Milliseconds session_timeout) {
  return {ErrorClass::refused,
          fmt::format("the application runs: group {} has {}: {}", group, counted(members.size(), "member"),
                      fmt::join(members, ", ")),
          fmt::format("stop every ordersd of it; one that was killed stays for up to {} (kafka.session_timeout), which "
                      "--wait waits out",
                      format_duration(session_timeout))};
}

/// The broker refuses offsets from outside while the group has members; said before anything is planned.
Result<> await_no_members(const Context& context, const ResetOptions& options, const reset::JoinReset& join,
                          Milliseconds session_timeout) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + options.wait;
  for (bool told = context.quiet();; told = true) {
    const auto members = join.members();
    if (!members) return fail(members.error());
    if (members->empty()) return {};
    auto error = in_use(join.group(), *members, session_timeout);
    const auto left = std::chrono::ceil<Milliseconds>(until - Clock::now());
    if (left <= 0ms) return fail(std::move(error));
    if (!told) note(fmt::format("{}; waiting for up to {}", error.message, format_duration(options.wait)));
    if (!sleep_unless_stopped(std::min<Milliseconds>(left, 500ms))) {
      return fail(ErrorClass::bug, "stopped while waiting for the group to become empty", "nothing was changed");
    }
  }
}

ShownPlan shown(const reset::JoinPlan& plan, const reset::JoinReset& join) {
  ShownPlan shown{.view = "join",
                  .where = fmt::format("group {}", join.group()),
                  .steps = plan.steps,
                  .deletes = {},
                  .notes = {},
                  .then = "start ordersd: its log says 'cold start'"};
  if (plan.forgets_run.empty()) return shown;
  shown.deletes.push_back(join.run_file().string());
  shown.notes = {plan.forgets_run, "every other instance has a state folder of its own: run this there, too"};
  return shown;
}

}  // namespace

Result<ExitCode> reset_join(Context& context, const ResetOptions& options) {
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto target = target_of(options);
  if (!target) return fail(target.error());
  catch_stop_signals();
  auto join = reset::JoinReset::open(**config, *connection, options.timeout);
  if (!join) return fail(join.error());
  if (auto empty = await_no_members(context, options, *join, (*config)->kafka.session_timeout); !empty)
    return fail(empty.error());
  const auto situation = join->look(*target);
  if (!situation) return fail(situation.error());
  const auto plan = reset::plan_join(*situation, {.to = *target,
                                                  .accept_gap = options.accept_gap,
                                                  .partitions = partitions_of(options),
                                                  .topic = options.topic});
  if (!plan) return fail(plan.error());
  return carry_out(context, options, shown(*plan, *join), [&] { return join->execute(*plan); });
}

}  // namespace orders::ctl
