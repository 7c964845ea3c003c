// Small files, whole.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace orders {

[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);
/// Temporary file beside it, fsync, rename, fsync of the folder: after a crash either the old or the new content.
[[nodiscard]] Result<> write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// An exclusive flock on a file, held for the object's lifetime; the file stays when it goes.
class FileLock {
 public:
  /// Fails with `refused` when another process holds it.
  [[nodiscard]] static Result<FileLock> acquire(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace orders
