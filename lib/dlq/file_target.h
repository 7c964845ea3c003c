// Dead letters drained to a file, as lines of a capture.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/file.h"
#include "base/result.h"
#include "config/config.h"
#include "dlq/letter.h"
#include "replay/record.h"

namespace orders::dlq {

/// A letter as a line of a capture: with topic, partition, offset and timestamp of the record that it is of, and all
/// headers of the letter. One that does not say which record it is of has its own place.
[[nodiscard]] replay::Record captured(const Letter& letter);

/// Owns the file's lock: one process appends at a time.
class FileTarget {
 public:
  /// Makes the file, or reads what it has: letters that are there are not appended again. A last line that was cut off
  /// by a crash is taken away. `invalid` for a file that is no capture, which is left as it is; `refused` when another
  /// process has it.
  [[nodiscard]] static Result<FileTarget> open(const std::filesystem::path& path, config::KeyFormat key_format);
  FileTarget(FileTarget&& other) noexcept;
  FileTarget& operator=(FileTarget&&) = delete;
  ~FileTarget();

  /// On disk when it returns. After an error some of them may be.
  [[nodiscard]] Result<> append(std::span<const Letter* const> letters);

 private:
  FileTarget(std::filesystem::path path, config::KeyFormat key_format, FileLock lock, int fd)
      : path_(std::move(path)), key_format_(key_format), lock_(std::move(lock)), fd_(fd) {}
  [[nodiscard]] Result<> read();
  [[nodiscard]] Result<> mend_end();
  [[nodiscard]] Result<> sync_name() const;
  [[nodiscard]] Result<> write(std::string_view text);
  [[nodiscard]] Error failed(std::string_view what) const;

  std::filesystem::path path_;
  config::KeyFormat key_format_;
  FileLock lock_;
  int fd_;  ///< to append
  std::unordered_set<std::string> has_;
};

}  // namespace orders::dlq
