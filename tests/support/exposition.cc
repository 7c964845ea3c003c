#include "support/exposition.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>

#include "api/client.h"

namespace orders::test {

Samples parse_exposition(const std::string& text) {
  Samples values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with("#")) continue;
    const auto blank = line.rfind(' ');
    EXPECT_TRUE(values.emplace(line.substr(0, blank), std::stod(line.substr(blank))).second) << "twice: " << line;
  }
  return values;
}

std::optional<Samples> scrape(const Daemon& daemon) {
  api::Client client(daemon.setting("api.socket"));
  const auto response = client.get("/metrics", std::chrono::seconds{30});
  if (!response || response->status != 200) return std::nullopt;
  return parse_exposition(response->body);
}

double sample(const Daemon& daemon, const std::string& series) {
  const auto samples = scrape(daemon);
  if (!samples) return -1;
  const auto found = samples->find(series);
  return found == samples->end() ? -1 : found->second;
}

}  // namespace orders::test
