#include "ordersctl/replay_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "kafka/admin.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

bool is_configured(const std::string& topic, const config::Topics& topics) {
  const std::array ours{&topics.orders, &topics.payments, &topics.stock, &topics.dead_letter, &topics.drained};
  return std::ranges::any_of(ours, [&](const std::string* name) { return *name == topic; });
}

std::string target_json(const ReplayPlan::Target& target) {
  return fmt::format(R"({{"from":{},"to":{},"records":{},"oldest":{},"newest":{}}})", raw_json::quote(target.from),
                     raw_json::quote(target.to), target.load.records, to_millis(target.load.oldest),
                     to_millis(target.load.newest));
}

std::string replay_json(const ReplayPlan& plan, bool executed, std::uint64_t sent) {
  std::string targets, objections;
  for (const auto& target : plan.targets) targets += (targets.empty() ? "" : ",") + target_json(target);
  for (const auto& why : plan.objections) objections += (objections.empty() ? "" : ",") + raw_json::quote(why);
  return fmt::format(
      R"({{"name":{},"source":{},"resumed":{},"executed":{},"records":{},"passed_over":{},"sent":{},"targets":[{}],)"
      R"("objections":[{}]}})",
      raw_json::quote(plan.name), raw_json::quote(plan.source), plan.resumed, executed, plan.records, plan.passed_over,
      sent, targets, objections);
}

std::string replay_text(const ReplayPlan& plan, bool executed, std::uint64_t sent, bool colour) {
  Table table({"FROM", "TO", ">RECORDS", "OLDEST", "NEWEST"});
  for (const auto& [from, to, load] : plan.targets) {
    table.add({from, to, grouped(load.records), format_timestamp(load.oldest), format_timestamp(load.newest)});
  }
  auto text = table.empty() ? std::string{} : table.text(colour) + "\n";
  text += fmt::format("{}: {}", plan.name,
                      executed ? fmt::format("sent {} of {}", grouped(sent), counted(plan.records, "record"))
                               : fmt::format("{} to send", counted(plan.records, "record")));
  if (plan.resumed) text += ", behind those that an earlier run has sent";
  if (plan.passed_over > 0) text += fmt::format("; --key-filter passes over {}", grouped(plan.passed_over));
  return text + "\n";
}

}  // namespace

Result<> plan_targets(ReplayPlan& plan, const replay::Survey& survey, const ReplayRules& rules,
                      const config::Topics& configured, const kafka::Connection& connection) {
  plan.records = survey.records;
  plan.passed_over = survey.passed_over;
  auto admin = kafka::Admin::create(connection);
  if (!admin) return fail(std::move(admin.error()));
  const auto now = wall_clock_now();
  for (const auto& [from, load] : survey.loads) {
    const auto to = rules.rewriting.prefix + from;
    auto limits = replay::read_limits(*admin, to, rules.timeout);
    if (!limits) return fail(std::move(limits.error()));
    if (!limits->unknown.empty()) {
      note(fmt::format("{}: whether it takes the timestamps is not known: {}", to, limits->unknown));
    }
    if (is_configured(to, configured) && !rules.into_live) {
      plan.objections.push_back(fmt::format(
          "{} is a topic of the running application, which would take the records for new ones: --into PREFIX sends "
          "them elsewhere, --into-live there all the same", to));
    }
    for (auto& why : replay::objections(to, load, *limits, rules.rewriting, now))
      plan.objections.push_back(std::move(why));
    plan.targets.push_back({from, to, load});
  }
  return {};
}

void print_replay(const Context& context, const ReplayPlan& plan, bool executed, std::uint64_t sent) {
  if (context.format() == Format::table) return write_out(replay_text(plan, executed, sent, context.colour()));
  write_out(replay_json(plan, executed, sent) + "\n");
}

}  // namespace orders::ctl
