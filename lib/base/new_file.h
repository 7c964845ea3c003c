// A large file that is there once it is whole.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace orders {

/// Written under the temporary name `<path>.part`, which is held against other processes; commit() gives it its own
/// name, over a file that has it. Without commit() nothing stays. Errors are `bug`: a disk is nothing that comes back.
class NewFile {
 public:
  /// `refused` when another process writes the same file.
  [[nodiscard]] static Result<NewFile> create(const std::filesystem::path& path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  [[nodiscard]] Result<> write(std::string_view bytes);
  /// Syncs, renames, and syncs the folder.
  [[nodiscard]] Result<> commit();

 private:
  NewFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  [[nodiscard]] std::filesystem::path temporary() const;

  std::filesystem::path path_;
  int fd_;
};

}  // namespace orders
