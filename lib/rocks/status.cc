#include "rocks/status.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace orders::rocks {
namespace {

constexpr std::string_view full_hint = "free some space on its file system; it goes on by itself";
constexpr std::string_view unwritable_hint = "the folder must be writable for the user that this runs as";
constexpr std::string_view held_hint =
    "another process uses this folder: stop it, or give this one a folder of its own";

/// RocksDB has no code of its own for a lock that is held; both of its messages name the lock.
bool is_held_lock(const std::string& text) {
  return text.find("lock hold by current process") != std::string::npos ||
         (text.find("lock file") != std::string::npos && (text.find(std::strerror(EAGAIN)) != std::string::npos ||
                                                          text.find(std::strerror(EACCES)) != std::string::npos));
}

ErrorClass class_of_io_error(const rocksdb::Status& status, const std::string& text) {
  if (is_held_lock(text)) return ErrorClass::refused;
  // A file that the manifest names, or the whole folder, is not there any more.
  if (status.IsPathNotFound()) return ErrorClass::gap;
  return ErrorClass::wait;
}

ErrorClass class_of(const rocksdb::Status& status, const std::string& text) {
  switch (status.code()) {
    case rocksdb::Status::kNotFound:
      return ErrorClass::not_found;
    // kNotSupported and kInvalidArgument come from a store of another make or of a later version.
    case rocksdb::Status::kCorruption:
    case rocksdb::Status::kNotSupported:
    case rocksdb::Status::kInvalidArgument:
      return ErrorClass::gap;
    case rocksdb::Status::kIOError:
      return class_of_io_error(status, text);
    case rocksdb::Status::kBusy:
    case rocksdb::Status::kTimedOut:
    case rocksdb::Status::kTryAgain:
    case rocksdb::Status::kIncomplete:
    case rocksdb::Status::kAborted:
    case rocksdb::Status::kShutdownInProgress:
      return ErrorClass::wait;
    default:
      return ErrorClass::bug;
  }
}

/// Of the operating system's errors RocksDB knows one; the others are in its text.
std::string_view hint_of(const rocksdb::Status& status, const std::string& text) {
  const auto says = [&](int error) { return text.find(std::strerror(error)) != std::string::npos; };
  if (status.IsNoSpace() || says(EDQUOT)) return full_hint;
  if (says(EROFS)) return unwritable_hint;
  return {};
}

}  // namespace

Error to_error(const rocksdb::Status& status, std::string_view what, const std::filesystem::path& path) {
  std::string text = status.ToString();
  Error error{class_of(status, text), fmt::format("{} {}: {}", what, path.string(), text), {}};
  error.hint = hint_of(status, text);
  if (error.error_class == ErrorClass::refused) error.hint = held_hint;
  return error;
}

Error to_error(int errno_value, std::string_view what, const std::filesystem::path& path) {
  Error error{ErrorClass::wait, fmt::format("{} {}: {}", what, path.string(), std::strerror(errno_value)), {}};
  if (errno_value == ENOTDIR || errno_value == ENAMETOOLONG) error.error_class = ErrorClass::invalid;
  if (errno_value == ENOSPC || errno_value == EDQUOT) error.hint = full_hint;
  if (errno_value == EACCES || errno_value == EPERM || errno_value == EROFS) {
    error.hint = unwritable_hint;
  }
  return error;
}

}  // namespace orders::rocks
