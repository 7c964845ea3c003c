// docs/metrics.md and the code say the same.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "made_snapshot.h"
#include "manual.h"

namespace orders::metrics {
namespace {

/// Of all its series; without `le`, which is the format's.
std::map<std::string, Described> rendered() {
  std::map<std::string, Described> metrics;
  std::istringstream text(render(made_snapshot()));
  std::string name;
  static const std::regex label(R"re((\w+)="[^"]*")re");
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string hash, keyword, type;
    words >> hash >> keyword;
    if (hash == "#" && keyword == "TYPE") {
      words >> name >> type;
      metrics[name].type = type;
    }
    if (hash == "#") continue;
    for (auto at = std::sregex_iterator(line.begin(), line.end(), label); at != std::sregex_iterator(); ++at) {
      if ((*at)[1] != "le") metrics[name].labels.insert((*at)[1]);
    }
  }
  return metrics;
}

TEST(Manual, HasEveryMetricAndNoOther) {
  const auto described = manual();
  const auto real = rendered();
  EXPECT_GT(real.size(), 60u);
  for (const auto& [name, metric] : real) {
    const auto found = described.find(name);
    if (found == described.end()) {
      ADD_FAILURE() << name << " is not in docs/metrics.md";
      continue;
    }
    EXPECT_EQ(found->second, metric) << name;
  }
  for (const auto& [name, metric] : described)
    EXPECT_TRUE(real.contains(name)) << name << " is only in docs/metrics.md";
}

/// The table lists what a label may be.
TEST(Manual, ListsTheReasonsOfDeadLetters) {
  std::ifstream file(SOURCE_DIR "/docs/metrics.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const auto reason : failure::reason_names())
    EXPECT_NE(text.str().find("`" + std::string(reason) + "`"), std::string::npos) << reason;
}

}  // namespace
}  // namespace orders::metrics
