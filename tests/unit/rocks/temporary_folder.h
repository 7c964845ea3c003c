// A folder that is empty at a test's start and gone at its end.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace orders::rocks {

class TemporaryFolder {
 public:
  /// The name is the test's own, not random: a death test runs its test again in a second process, with the same
  /// folder.
  TemporaryFolder() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            (std::string("orders-") + test->test_suite_name() + "-" + test->name() + "-" + build());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  /// Keeps two builds that test at the same time apart.
  static std::string build() { return std::to_string(std::hash<std::string>{}(BINARY_DIR)); }
  std::filesystem::path path_;
};

}  // namespace orders::rocks
