#include "ordersctl/topics.h"

#include <fmt/format.h>

#include <algorithm>

#include "ordersctl/raw_json.h"

namespace orders::ctl {

Result<std::vector<TopicState>> read_topics(const kafka::Admin& admin, const std::vector<TopicPlan>& plan) {
  std::vector<std::string> names;
  for (const auto& topic : plan) names.push_back(topic.name);
  auto infos = admin.topics(names, broker_timeout);
  if (!infos) return fail(std::move(infos.error()));
  std::vector<TopicState> states(plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto info = std::find_if(infos->begin(), infos->end(), [&](const auto& t) { return t.name == names[i]; });
    if (info == infos->end() || info->partitions == 0) continue;
    states[i].partitions = info->partitions;
    auto config = admin.topic_config(names[i], broker_timeout);
    if (config) {
      states[i].config = std::move(*config);
    } else if (config.error().error_class == ErrorClass::wait) {
      return fail(std::move(config.error()));
    } else {
      states[i].config_error = config.error().message;
    }
  }
  return states;
}

std::string findings_json(const std::vector<Finding>& findings, bool lines) {
  std::string text;
  for (const auto& finding : findings) {
    if (!text.empty()) text += lines ? "\n" : ",";
    text += fmt::format(R"({{"level":"{}","topic":{},"finding":{},"mend":{}}})", to_string(finding.level),
                        raw_json::quote(finding.topic), raw_json::quote(finding.what),
                        finding.mend.empty() ? "null" : raw_json::quote(finding.mend));
  }
  return lines ? text : "[" + text + "]";
}

std::string findings_text(const std::vector<Finding>& findings, bool colour) {
  Table table({"LEVEL", "TOPIC", "FINDING"});
  std::string mend;
  for (const auto& finding : findings) {
    table.add({std::string(to_string(finding.level)), finding.topic, finding.what});
    if (!finding.mend.empty()) mend += fmt::format("  {}: {}\n", finding.topic, finding.mend);
  }
  return table.text(colour) + (mend.empty() ? "" : "\nTo mend:\n" + mend);
}

Result<ExitCode> verdict(const std::vector<Finding>& findings) {
  if (!any_error(findings)) return ExitCode::done;
  const auto errors =
      std::count_if(findings.begin(), findings.end(), [](const Finding& f) { return f.level == Level::error; });
  return fail(ErrorClass::bug, fmt::format("the topics are not fit for ordersd: {}",
                                           counted(static_cast<std::uint64_t>(errors), "error")));
}

}  // namespace orders::ctl
