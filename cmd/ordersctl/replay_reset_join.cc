#include <fmt/format.h>

#include "ordersctl/join_members.h"
#include "ordersctl/replay_reset.h"
#include "ordersctl/stop.h"
#include "reset/join_reset.h"

namespace orders::ctl {
namespace {

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
  if (auto empty = await_no_members(context, options.wait, *join, (*config)->kafka.session_timeout); !empty)
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
