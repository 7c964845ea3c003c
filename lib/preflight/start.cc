#include "preflight/start.h"

#include <fmt/format.h>

#include <tuple>

#include "base/log.h"
#include "preflight/topic_states.h"

namespace orders::preflight {

Result<std::int32_t> check_counts(const kafka::Admin& admin, const config::Topics& topics, Milliseconds timeout) {
  const std::vector<std::string> names{topics.payments, topics.stock, topics.orders, topics.dead_letter};
  auto found = admin.topics(names, timeout);
  if (!found) return fail(found.error());
  std::string missing;
  for (const auto& topic : *found) {
    if (topic.partitions == 0) missing += (missing.empty() ? "" : ", ") + topic.name;
  }
  if (!missing.empty()) {
    return fail(ErrorClass::not_found, fmt::format("topics that are not there: {}", missing),
                "create them: ordersctl topics create");
  }
  const auto& [payments, stock, orders] = std::tie((*found)[0], (*found)[1], (*found)[2]);
  if (payments.partitions != stock.partitions || payments.partitions != orders.partitions) {
    return fail(
        ErrorClass::invalid,
        fmt::format("{} has {} partitions, {} has {}, {} has {}: both inputs and the results need the same number",
                    payments.name, payments.partitions, stock.name, stock.partitions, orders.name, orders.partitions),
        "answers of one order would not meet; recreate the topics with one count: ordersctl topics create --partitions "
        "N");
  }
  return payments.partitions;
}

Result<> refusal(const std::vector<Finding>& findings) {
  std::string what, mend;
  for (const auto& finding : findings) {
    if (finding.level != Level::error) continue;
    what += fmt::format("{}{}: {}", what.empty() ? "" : "; ", finding.topic, finding.what);
    mend += fmt::format("{}{}", mend.empty() ? "mend it: " : "; ", finding.mend);
  }
  if (what.empty()) return {};
  return fail(ErrorClass::invalid, "the topics are not fit for the join: " + what, std::move(mend));
}

Result<> check_settings(const kafka::Admin& admin, const config::Config& config, Milliseconds timeout) {
  auto plan = topic_plan(config);
  std::erase_if(plan, [](const TopicPlan& topic) { return topic.role == Role::drained; });  // only draining needs it
  auto states = read_topics(admin, plan, timeout);
  if (!states) return fail(std::move(states.error()));
  const auto findings = check_topics(plan, *states, config);
  if (auto fit = refusal(findings); !fit) return fit;
  for (const auto& finding : findings) {
    if (finding.level != Level::warn) continue;
    spdlog::warn("topic {}: {}{}{}", finding.topic, finding.what, finding.mend.empty() ? "" : "; to mend: ",
                 finding.mend);
  }
  return {};
}

}  // namespace orders::preflight
