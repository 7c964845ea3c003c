// etc/prometheus/ordersd.rules.yml: its metrics exist, and each alert has what a person needs, a test and a section.
// That the rules are right is what tests/prometheus shows, by promtool.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "queries.h"

namespace orders::metrics {
namespace {

const std::filesystem::path source = SOURCE_DIR;
const auto rules_file = source / "etc/prometheus/ordersd.rules.yml";

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<YAML::Node> rules(const char* kind) {
  std::vector<YAML::Node> found;
  for (const auto& group : YAML::LoadFile(rules_file)["groups"]) {
    for (const auto& rule : group["rules"]) {
      if (rule[kind]) found.push_back(rule);
    }
  }
  return found;
}

std::string member(const YAML::Node& node, const char* name) { return node[name] ? node[name].as<std::string>() : ""; }

/// "OrdersdViewBehind": docs/alerts.md has a heading of it, tests/prometheus a file view_behind.yml.
std::string test_of(const std::string& alert) {
  std::string name;
  for (const char letter : alert.substr(std::string_view("Ordersd").size())) {
    const bool capital = letter >= 'A' && letter <= 'Z';
    if (capital && !name.empty()) name += '_';
    name += capital ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  return name + ".yml";
}

TEST(Alerts, AndWhatIsRecordedNameMetricsThatExist) {
  const auto metrics = manual();
  std::set<std::string> recorded;
  for (const auto& rule : rules("record")) {
    check_query(member(rule, "expr"), metrics, recorded);
    EXPECT_TRUE(recorded.insert(member(rule, "record")).second) << member(rule, "record");
  }
  EXPECT_FALSE(recorded.empty());
  const auto alerts = rules("alert");
  EXPECT_GT(alerts.size(), 25u);
  for (const auto& rule : alerts) check_query(member(rule, "expr"), metrics, recorded);
}

TEST(Alerts, SayWhatHappenedAndWhatToDo) {
  const auto page = text_of(source / "docs/alerts.md");
  std::set<std::string> names;
  for (const auto& rule : rules("alert")) {
    const auto name = member(rule, "alert");
    SCOPED_TRACE(name);
    EXPECT_TRUE(name.starts_with("Ordersd"));
    EXPECT_TRUE(names.insert(name).second);
    const auto severity = member(rule["labels"], "severity");
    EXPECT_TRUE(severity == "critical" || severity == "warning") << severity;
    const auto annotations = rule["annotations"];
    for (const char* one : {"summary", "description"}) EXPECT_NE(member(annotations, one), "") << one;
    const auto action = member(annotations, "action");
    EXPECT_TRUE(std::regex_search(action, std::regex("`(ordersctl|journalctl|systemctl|dmesg)|Prometheus"))) << action;
    std::string anchor = name;
    for (auto& letter : anchor) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    EXPECT_EQ(member(annotations, "runbook"), "docs/alerts.md#" + anchor);
    EXPECT_NE(page.find("\n### " + name + "\n"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(source / "tests/prometheus" / test_of(name))) << test_of(name);
  }
  for (const auto& section : all_of(page, std::regex("\n### (\\w+)")))
    EXPECT_TRUE(names.contains(section)) << section << " is no alert";
}

/// Else it would not be known whether it can fire, or whether it ever does not.
TEST(Alerts, HaveTestsInWhichTheyFireAndSomeInWhichTheyDoNot) {
  for (const auto& rule : rules("alert")) {
    const auto name = member(rule, "alert");
    int fires = 0, never_fires = 0;
    for (const auto& test : YAML::LoadFile(source / "tests/prometheus" / test_of(name))["tests"]) {
      int here = 0;
      for (const auto& look : test["alert_rule_test"]) {
        EXPECT_EQ(member(look, "alertname"), name);
        for (const auto& alert : look["exp_alerts"]) here += alert["exp_annotations"].size() == 4 ? 1 : 0;
      }
      ++(here > 0 ? fires : never_fires);
    }
    EXPECT_GT(fires, 0) << name;
    EXPECT_GT(never_fires, 0) << name;
  }
}

TEST(Alerts, HaveSectionsThatSayWhatItMeansWhatToLookAtAndWhatToDo) {
  auto page = text_of(source / "docs/alerts.md");
  auto at = page.find("\n### ");
  int sections = 0;
  while (at != std::string::npos) {
    const auto next = std::min(page.find("\n### ", at + 1), page.find("\n## ", at + 1));
    const auto section = page.substr(at, next - at);
    for (const char* part : {"- **Means**: ", "- **Look at**: ", "- **Do**: "})
      EXPECT_NE(section.find(part), std::string::npos) << part << section;
    ++sections;
    at = page.find("\n### ", at + 1);
  }
  EXPECT_EQ(sections, static_cast<int>(rules("alert").size()));
}

}  // namespace
}  // namespace orders::metrics
