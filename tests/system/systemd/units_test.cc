// The units as systemd reads them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/installation.h"
#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

Output analyze(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "systemd-analyze");
  return run({std::move(arguments), {}, {}, {}, {}});
}

std::set<std::string> settings_of(const std::filesystem::path& unit) {
  std::set<std::string> lines;
  std::istringstream text(slurp(unit));
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && !line.starts_with('#')) lines.insert(line);
  }
  return lines;
}

std::vector<std::string> only_in(const std::set<std::string>& these, const std::set<std::string>& those) {
  std::vector<std::string> only;
  std::ranges::set_difference(these, those, std::back_inserter(only));
  return only;
}

const std::filesystem::path packaging = SOURCE_DIR "/packaging";

TEST(Units, AreAsSystemdWantsThem) {
  const TempFolder folder("units");
  const auto installed = install(folder.path() / "usr");  // where what they start is found
  ASSERT_EQ(installed.exit_code, 0) << installed.text();
  for (const char* name : {"ordersd.service", "ordersd@.service"}) {
    const auto unit = folder.path() / "usr/lib/systemd/system" / name;
    ASSERT_TRUE(std::filesystem::exists(unit)) << unit;
    const auto verified = analyze({"verify", "--man=no", unit});
    EXPECT_EQ(verified.exit_code, 0) << verified.text();
    EXPECT_THAT(verified.err, Not(HasSubstr("ordersd"))) << verified.text();
  }
}

TEST(Units, AreExposedByOneAndAHalfAtMost) {
  for (const char* name : {"ordersd.service", "ordersd@.service"}) {
    const auto exposure = analyze({"security", "--offline=true", "--threshold=15", "--no-pager", packaging / name});
    EXPECT_EQ(exposure.exit_code, 0) << exposure.text();
    EXPECT_THAT(exposure.out, HasSubstr("Overall exposure level"));
  }
}

TEST(Units, OfOneAndOfSeveralInstancesDifferOnlyWhereTheyMust) {
  const auto one = settings_of(packaging / "ordersd.service");
  const auto several = settings_of(packaging / "ordersd@.service");
  EXPECT_THAT(only_in(one, several),
              UnorderedElementsAre("Description=Order saga on Kafka: joins payment and stock answers",
                                   "StateDirectory=ordersd", "RuntimeDirectory=ordersd",
                                   "RuntimeDirectoryPreserve=yes"));
  EXPECT_THAT(only_in(several, one),
              UnorderedElementsAre("Description=Order saga on Kafka, instance %i", "StateDirectory=ordersd/%i",
                                   "RuntimeDirectory=ordersd/%i", "Environment=ORDERS_INSTANCE_ID=%H-%i",
                                   "Environment=ORDERS_STATE_DIRECTORY=%S/ordersd/%i",
                                   "Environment=ORDERS_API_SOCKET=%t/ordersd/%i/api.sock",
                                   "EnvironmentFile=-/etc/orders/%i.env"));
}

}  // namespace
}  // namespace orders::test
