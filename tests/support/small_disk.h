// A disk that a test can fill and empty.
#pragma once

#include <filesystem>
#include <thread>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {

/// A small tmpfs where mounting is permitted. Elsewhere a plain folder, and "full" is a limit of the daemon's file size
/// (which its log, a file too, then shares).
class SmallDisk {
 public:
  explicit SmallDisk(int mebibytes = 16);
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk();
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
  /// Full until empty(): room that is given back meanwhile, as by files that were set aside for more than they hold, is
  /// taken at once.
  void fill(const Process& daemon);
  void empty(const Process& daemon);
  /// A folder where nothing can be written, root or not. Only before anything is open there.
  [[nodiscard]] std::filesystem::path read_only() const;

  /// Else what is below must not be called.
  [[nodiscard]] bool is_mounted() const { return mounted_; }
  /// From now on no file can be made, opened for writing, renamed or removed below path(). Files that are open for
  /// writing stay so: a mount that has any can't be made read-only, only covered by one that is.
  void make_read_only() const;
  void make_writable() const;

 private:
  TempFolder folder_{"disk"};
  bool mounted_;
  std::jthread filler_;
};

}  // namespace orders::test
