// A folder that goes with its object.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace orders::test {

/// Short on purpose: the path of a Unix socket must fit into 107 bytes. With KEEP_TEST_FOLDERS in the environment the
/// folder stays, to be looked at.
class TempFolder {
 public:
  explicit TempFolder(const std::string& name = "test") {
    std::string pattern = (std::filesystem::temp_directory_path() / ("orders-" + name + "-XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("can't make " + pattern);
    path_ = pattern;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    if (std::getenv("KEEP_TEST_FOLDERS") != nullptr) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace orders::test
