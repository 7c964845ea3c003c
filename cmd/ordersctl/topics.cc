#include "ordersctl/topics.h"

#include <fmt/format.h>

#include <algorithm>

#include "ordersctl/raw_json.h"

namespace orders::ctl {

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
  if (!preflight::any_error(findings)) return ExitCode::done;
  const auto errors =
      std::count_if(findings.begin(), findings.end(), [](const Finding& f) { return f.level == Level::error; });
  return fail(ErrorClass::bug, fmt::format("the topics are not fit for ordersd: {}",
                                           counted(static_cast<std::uint64_t>(errors), "error")));
}

}  // namespace orders::ctl
