#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace orders {
namespace {

tl::unexpected<Error> failed(std::string_view what, const std::filesystem::path& path) {
  return fail(ErrorClass::wait, fmt::format("{} {}: {}", what, path.string(), std::strerror(errno)));
}

/// A descriptor closed with its scope.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

Result<> sync_path(const std::filesystem::path& path, int flags) {
  Descriptor file{open(path.c_str(), flags | O_CLOEXEC)};
  if (file.fd < 0 || fsync(file.fd) != 0) return failed("can't sync", path);
  return {};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorClass::not_found, fmt::format("can't read {}: {}", path.string(), std::strerror(errno)));
  std::ostringstream content;
  content << in.rdbuf();
  if (in.bad()) return failed("can't read", path);
  return std::move(content).str();
}

Result<> write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  auto temporary = path;
  temporary += ".tmp";
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.flush();
    if (!out) return failed("can't write", temporary);
  }
  if (auto synced = sync_path(temporary, O_RDONLY); !synced) return synced;
  if (rename(temporary.c_str(), path.c_str()) != 0) return failed("can't rename to", path);
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return failed("can't open", path);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    close(fd);
    errno = why;
    if (why == EWOULDBLOCK) return fail(ErrorClass::refused, fmt::format("{} is locked by another process", path.string()));
    return failed("can't lock", path);
  }
  return FileLock(fd);
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace orders
