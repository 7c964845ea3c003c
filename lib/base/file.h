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
/// For files with a secret in them: `invalid` when users other than its owner and its group may read or write it, with
/// what to do as the hint. The group may: a service's secrets are often root's (0640, or systemd's credentials, 0440).
/// `not_found` when it can't be looked at. Of a symbolic link, what it points to counts.
[[nodiscard]] Result<> check_private(const std::filesystem::path& path);

/// An exclusive flock on a file, held for the object's lifetime; the file stays when it goes.
class FileLock {
 public:
  /// Fails with `refused` when another process holds it. A file that is there is enough: where nothing can be written
  /// (a full or read-only disk) it can be locked all the same.
  [[nodiscard]] static Result<FileLock> acquire(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace orders
