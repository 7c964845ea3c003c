// etc/grafana/ordersd.json: queries of metrics that exist, and panels that explain themselves.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "queries.h"

namespace orders::metrics {
namespace {

using nlohmann::json;

json dashboard() { return json::parse(std::ifstream(SOURCE_DIR "/etc/grafana/ordersd.json")); }

json::array_t panels() { return dashboard().at("panels").get<json::array_t>(); }

json::array_t targets_of(const json& panel) { return panel.value("targets", json::array_t{}); }

std::set<std::string> recorded_names() {
  std::set<std::string> names;
  for (const auto& group : YAML::LoadFile(SOURCE_DIR "/etc/prometheus/ordersd.rules.yml")["groups"]) {
    for (const auto& rule : group["rules"]) {
      if (rule["record"]) names.insert(rule["record"].as<std::string>());
    }
  }
  return names;
}

TEST(Dashboard, NamesMetricsThatExist) {
  const auto metrics = manual();
  const auto recorded = recorded_names();
  int queries = 0;
  for (const auto& panel : panels()) {
    for (const auto& target : targets_of(panel)) {
      check_query(target.at("expr"), metrics, recorded);
      ++queries;
    }
  }
  EXPECT_GT(queries, 50);
}

/// By the variables: of this application and these instances, or of the whole topic.
TEST(Dashboard, AsksForWhatIsChosenAbove) {
  const auto all = dashboard();
  std::set<std::string> variables;
  for (const auto& variable : all.at("templating").at("list")) variables.insert(variable.at("name").get<std::string>());
  EXPECT_EQ(variables, (std::set<std::string>{"datasource", "application", "instance"}));
  static const std::regex selector(R"re(\b(?:(?:ordersd|process)_\w+|\w+:\w+:\w+)(\{[^}]*\})?)re");
  for (const auto& panel : all.at("panels")) {
    if (panel.at("type") == "row") continue;
    EXPECT_EQ(panel.at("datasource").at("uid"), "${datasource}") << panel.at("title");
    for (const auto& target : panel.at("targets")) {
      for (const auto& chosen : all_of(target.at("expr"), selector)) {
        EXPECT_TRUE(chosen.find("$instance") != std::string::npos || chosen.find("$application") != std::string::npos)
            << target.at("expr");
      }
    }
  }
}

TEST(Dashboard, HasPanelsThatSayWhatTheyShowInWhatUnit) {
  std::set<int> ids;
  std::set<std::string> titles;
  for (const auto& panel : panels()) {
    const std::string title = panel.at("title");
    EXPECT_TRUE(ids.insert(panel.at("id").get<int>()).second) << title;
    EXPECT_TRUE(titles.insert(title).second) << title;
    if (panel.at("type") == "row") continue;
    EXPECT_GT(panel.value("description", "").size(), 20u) << title;
    EXPECT_NE(panel.at("fieldConfig").at("defaults").value("unit", ""), "") << title;
    EXPECT_FALSE(panel.at("targets").empty()) << title;
  }
  EXPECT_GT(ids.size(), 50u);
}

TEST(Dashboard, HasNoPanelOnTopOfAnother) {
  std::map<std::pair<int, int>, std::string> taken;
  for (const auto& panel : panels()) {
    const auto& at = panel.at("gridPos");
    const int left = at.at("x"), top = at.at("y"), width = at.at("w"), height = at.at("h");
    EXPECT_LE(left + width, 24) << panel.at("title");
    for (int x = left; x < left + width; ++x) {
      for (int y = top; y < top + height; ++y) {
        const auto [other, free] = taken.emplace(std::pair{x, y}, panel.at("title").get<std::string>());
        ASSERT_TRUE(free) << panel.at("title") << " is on top of " << other->second;
      }
    }
  }
}

}  // namespace
}  // namespace orders::metrics
