#include "base/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace orders {
namespace {

tl::unexpected<Error> failed(std::string_view what, const std::filesystem::path& path) {
  return fail(ErrorClass::bug, fmt::format("can't {} {}: {}", what, path.string(), std::strerror(errno)));
}

std::filesystem::path temporary_of(std::filesystem::path path) { return path += ".part"; }

/// A file that was renamed away after it was opened is another's result, and not to be written into.
bool still_named(int fd, const std::filesystem::path& path) {
  struct ::stat opened {}, named {};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

}  // namespace

Result<NewFile> NewFile::create(const std::filesystem::path& path) {
  const auto temporary = temporary_of(path);
  for (;;) {
    // Not emptied here: it may be another process's, whose lock tells.
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) return failed("write", temporary);
    NewFile file({}, fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      return fail(ErrorClass::refused, fmt::format("{} is being written by another process", path.string()));
    }
    if (!still_named(fd, temporary)) continue;
    if (::ftruncate(fd, 0) != 0) return failed("write", temporary);
    file.path_ = path;
    return file;
  }
}

NewFile::NewFile(NewFile&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

NewFile::~NewFile() {
  if (fd_ < 0) return;
  if (!path_.empty()) ::unlink(temporary().c_str());
  ::close(fd_);
}

std::filesystem::path NewFile::temporary() const { return temporary_of(path_); }

Result<> NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", temporary());
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> NewFile::commit() {
  if (::fsync(fd_) != 0) return failed("sync", temporary());
  if (::rename(temporary().c_str(), path_.c_str()) != 0) return failed("rename to", path_);
  ::close(std::exchange(fd_, -1));
  const auto parent = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
  const int folder = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && ::fsync(folder) == 0;
  if (folder >= 0) ::close(folder);
  return synced ? Result<>{} : failed("sync", parent);
}

}  // namespace orders
