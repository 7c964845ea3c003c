// docs/metrics.md as a table: every metric with its type and labels.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <ostream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace orders::metrics {

struct Described {
  std::string type;
  std::set<std::string> labels;
  bool operator==(const Described&) const = default;
};

inline void PrintTo(const Described& metric, std::ostream* out) {
  *out << metric.type;
  for (const auto& label : metric.labels) *out << " " << label;
}

/// Of "`side`; `fate`: `joined`, `late`" the names: what has no colon before it.
inline std::set<std::string> labels_of(const std::string& cell) {
  std::set<std::string> labels;
  static const std::regex code("`([^`]*)`");
  std::istringstream groups(cell);
  for (std::string group; std::getline(groups, group, ';');) {
    const auto names = group.substr(0, group.find(':'));
    for (auto at = std::sregex_iterator(names.begin(), names.end(), code); at != std::sregex_iterator(); ++at)
      labels.insert((*at)[1]);
  }
  return labels;
}

inline std::map<std::string, Described> manual() {
  std::map<std::string, Described> metrics;
  static const std::regex row(R"(\| `(\w+)` \| (\w+) \| ([^|]*) \| [^|]+ \|)");
  std::ifstream file(SOURCE_DIR "/docs/metrics.md");
  for (std::string line; std::getline(file, line);) {
    std::smatch cells;
    if (!line.starts_with("| `")) continue;
    line = std::regex_replace(line, std::regex(R"(\| \| )"), "|  | ");
    EXPECT_TRUE(std::regex_match(line, cells, row)) << line;
    EXPECT_TRUE(metrics.emplace(cells[1], Described{cells[2], labels_of(cells[3])}).second) << line;
  }
  return metrics;
}

}  // namespace orders::metrics
