// What a query in PromQL names, held against docs/metrics.md.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "manual.h"

namespace orders::metrics {

inline const std::string& manual_text() {
  static const std::string text = [] {
    std::ostringstream all;
    all << std::ifstream(SOURCE_DIR "/docs/metrics.md").rdbuf();
    return all.str();
  }();
  return text;
}

/// All matches of a pattern's first group.
inline std::vector<std::string> all_of(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), pattern); at != std::sregex_iterator(); ++at)
    found.push_back((*at)[1]);
  return found;
}

/// Of a metric, or of one of a histogram's series.
inline const Described* find_metric(const std::map<std::string, Described>& metrics, const std::string& name) {
  if (const auto found = metrics.find(name); found != metrics.end() && found->second.type != "histogram")
    return &found->second;
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    const auto found = metrics.find(name.substr(0, name.size() - suffix.size()));
    if (found != metrics.end() && found->second.type == "histogram") return &found->second;
  }
  return nullptr;
}

/// Of `{state="degraded",route!~"/livez|/readyz"}`: labels with the values that they are compared with.
inline void check_matchers(const std::string& matchers, const std::string& name, const std::set<std::string>& labels) {
  static const std::regex matcher(R"re((\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)")re");
  static const std::regex plain_words(R"re(\w+(\|\w+)*)re");
  static const std::set<std::string> of_the_scrape{"job", "instance"}, open{"code", "job", "instance"};
  for (auto at = std::sregex_iterator(matchers.begin(), matchers.end(), matcher); at != std::sregex_iterator(); ++at) {
    const std::string label = (*at)[1], values = (*at)[2];
    EXPECT_TRUE(labels.contains(label) || of_the_scrape.contains(label)) << name << " has no " << label;
    if (open.contains(label) || !std::regex_match(values, plain_words)) continue;
    for (const auto& value : all_of(values, std::regex("(\\w+)")))
      EXPECT_TRUE(manual_text().find('`' + value + '`') != std::string::npos) << label << " is never " << value;
  }
}

/// Each metric exists, with the labels that it is selected by; counters and histograms are looked at by their growth,
/// gauges never; what is aggregated by is a label of some metric here. `recorded`: names that rules have made.
inline void check_query(const std::string& query, const std::map<std::string, Described>& metrics,
                        const std::set<std::string>& recorded) {
  SCOPED_TRACE(query);
  static const std::regex selector(R"re((\w+\()?\s*\b((?:ordersd|process)_\w+|\w+:\w+:\w+)\b(?:\{([^}]*)\})?(\[)?)re");
  static const std::regex grouping(R"re(\b(?:by|on|without|ignoring|group_left)\s*\(([^)]*)\))re");
  std::set<std::string> known{"job", "instance", "le", "application_id"};  // of the scrape, and of what rules record
  for (auto at = std::sregex_iterator(query.begin(), query.end(), selector); at != std::sregex_iterator(); ++at) {
    const std::string function = (*at)[1], name = (*at)[2], range = (*at)[4];
    std::set<std::string> labels{"application_id", "side", "view"};
    if (name.find(':') != std::string::npos) {
      EXPECT_TRUE(recorded.contains(name)) << name << " is not recorded";
    } else if (const auto* metric = find_metric(metrics, name); metric == nullptr) {
      ADD_FAILURE() << name << " is not in docs/metrics.md";
    } else {
      labels = metric->labels;
      const bool grows = function == "rate(" || function == "increase(";
      EXPECT_FALSE(grows && metric->type == "gauge") << name << " is a gauge";
      EXPECT_FALSE(!range.empty() && !grows && metric->type != "gauge") << name << " is a " << metric->type;
    }
    check_matchers((*at)[3], name, labels);
    known.merge(labels);
  }
  for (const auto& labels : all_of(query, grouping)) {
    for (const auto& label : all_of(labels, std::regex("(\\w+)")))
      EXPECT_TRUE(known.contains(label)) << "nothing here has " << label;
  }
}

}  // namespace orders::metrics
