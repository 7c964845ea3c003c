// A disk that a test can fill and empty.
#pragma once

#include <filesystem>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {

/// A tmpfs where mounting is permitted. Elsewhere a plain folder, and "full" is a limit of the daemon's file
/// size (which its log, a file too, then shares).
class SmallDisk {
 public:
  explicit SmallDisk(int mebibytes = 16);
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk();
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
  /// A disk of its own, which can be full while others are not.
  [[nodiscard]] bool is_mounted() const { return mounted_; }
  void fill(const Process& daemon) const;
  void empty(const Process& daemon) const;
  /// A folder where nothing can be written, root or not. Only before anything is open there.
  [[nodiscard]] std::filesystem::path read_only() const;

 private:
  TempFolder folder_{"disk"};
  bool mounted_ = false;
};

}  // namespace orders::test
