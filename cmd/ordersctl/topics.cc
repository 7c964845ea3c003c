#include "ordersctl/topics.h"

#include <fmt/format.h>

#include <algorithm>

#include "ordersctl/raw_json.h"

namespace orders::ctl {

namespace {

/// Shorter than broker_timeout: a broker that has just answered, but not this, can't (librdkafka's mock cluster).
constexpr Milliseconds config_timeout{5'000};

Result<std::vector<kafka::TopicInfo>> find_topics(const kafka::Admin& admin, const std::vector<TopicPlan>& plan) {
  std::vector<std::string> names;
  for (const auto& topic : plan) names.push_back(topic.name);
  return admin.topics(names, broker_timeout);
}

}  // namespace

Result<std::vector<TopicState>> read_topics(const kafka::Admin& admin, const std::vector<TopicPlan>& plan) {
  auto infos = find_topics(admin, plan);
  if (!infos) return fail(std::move(infos.error()));
  std::vector<TopicState> states(plan.size());
  std::string cannot;  // once the broker has not answered, the other topics need not be asked for
  for (std::size_t i = 0; i < plan.size(); ++i) {
    states[i].partitions = (*infos)[i].partitions;
    states[i].config_error = cannot;
    if (states[i].partitions == 0 || !cannot.empty()) continue;
    auto config = admin.topic_config(plan[i].name, config_timeout);
    if (config) {
      states[i].config = std::move(*config);
      continue;
    }
    states[i].config_error = config.error().message;
    if (config.error().error_class != ErrorClass::wait) continue;
    if (auto again = find_topics(admin, plan); !again) return fail(std::move(again.error()));
    cannot = states[i].config_error;
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
