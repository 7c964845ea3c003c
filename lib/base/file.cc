#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/heartbeat.h"

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

Result<> write_and_sync(const std::filesystem::path& path, std::string_view content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.flush();
  if (!out) return failed("can't write", path);
  return sync_path(path, O_RDONLY);
}

/// -1, and errno, when it can't be had.
int open_lock(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd >= 0 || errno != EROFS) return fd;
  const int readable = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (readable < 0) errno = EROFS;
  return readable;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path) {
  // Not by streams: they read a folder as an empty file.
  Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) {
    return fail(ErrorClass::not_found, fmt::format("can't read {}: {}", path.string(), std::strerror(errno)));
  }
  std::string content;
  char chunk[16 * 1'024];
  for (;;) {
    const auto count = read(file.fd, chunk, sizeof chunk);
    if (count == 0) return content;
    if (count > 0) content.append(chunk, static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) return failed("can't read", path);
  }
}

Result<> write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  const heartbeat::Wait wait("writing a file", heartbeat::slow_disk);
  auto temporary = path;
  temporary += ".tmp";
  auto written = write_and_sync(temporary, content);
  if (written && rename(temporary.c_str(), path.c_str()) != 0) written = failed("can't rename to", path);
  if (!written) {
    unlink(temporary.c_str());
    return written;
  }
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

Result<> check_private(const std::filesystem::path& path) {
  struct ::stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return fail(ErrorClass::not_found, fmt::format("can't look at {}: {}", path.string(), std::strerror(errno)));
  }
  constexpr mode_t others = S_IRWXO, permissions = 07777;
  if ((info.st_mode & others) == 0) return {};
  return fail(ErrorClass::invalid,
              fmt::format("{} holds a secret, and its mode {:04o} lets every user of the machine at it", path.string(),
                          static_cast<unsigned>(info.st_mode & permissions)),
              fmt::format("chmod o= {}", path.string()));
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& path) {
  const int fd = open_lock(path);
  if (fd < 0) return failed("can't open", path);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    close(fd);
    errno = why;
    if (why == EWOULDBLOCK)
      return fail(ErrorClass::refused, fmt::format("{} is locked by another process", path.string()));
    return failed("can't lock", path);
  }
  return FileLock(fd);
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace orders
