// Which file is read.
#include <gtest/gtest.h>

#include <cstdlib>

#include "loading.h"

namespace orders::config {
namespace {

class FindFile : public testing::Test {
 protected:
  FindFile() { std::filesystem::current_path(folder_.path()); }
  ~FindFile() override {
    ::unsetenv("ORDERS_CONFIG");
    std::filesystem::current_path(before_);
  }
  std::filesystem::path before_ = std::filesystem::current_path();
  test::TempFolder folder_{"config"};
};

TEST_F(FindFile, PrefersTheFlagThenTheEnvironmentThenTheFolder) {
  write_text("flag.yaml", "");
  write_text("environment.yaml", "");
  write_text("ordersd.yaml", "");
  ::setenv("ORDERS_CONFIG", "environment.yaml", 1);
  EXPECT_EQ(find_file("flag.yaml").value(), "flag.yaml");
  EXPECT_EQ(find_file("").value(), "environment.yaml");
  ::setenv("ORDERS_CONFIG", "", 1);
  EXPECT_EQ(find_file("").value(), "ordersd.yaml");
}

TEST_F(FindFile, ReportsANamedFileThatIsNotThere) {
  write_text("ordersd.yaml", "");
  const auto by_flag = find_file("missing.yaml");
  ASSERT_FALSE(by_flag);
  EXPECT_EQ(by_flag.error().error_class, ErrorClass::invalid);
  EXPECT_EQ(by_flag.error().text(), "there is no configuration file missing.yaml; --config names it");
  ::setenv("ORDERS_CONFIG", "missing.yaml", 1);
  const auto by_environment = find_file("");
  ASSERT_FALSE(by_environment);
  EXPECT_EQ(by_environment.error().text(),
            "there is no configuration file missing.yaml; the environment's ORDERS_CONFIG names it");
}

TEST_F(FindFile, IsContentWithNone) {
  const std::filesystem::path installed = "/etc/orders/ordersd.yaml";
  const auto found = find_file("");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, std::filesystem::exists(installed) ? std::optional(installed) : std::nullopt);
}

}  // namespace
}  // namespace orders::config
