#include "support/small_disk.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>

namespace orders::test {

namespace {

void limit_file_size(const Process& process, rlim_t bytes) {
  rlimit limit{};
  ::prlimit(process.pid(), RLIMIT_FSIZE, nullptr, &limit);
  limit.rlim_cur = bytes;
  if (::prlimit(process.pid(), RLIMIT_FSIZE, &limit, nullptr) != 0) throw std::runtime_error("prlimit");
}

/// Makes the file as long as it can be; false where something else than room was missing.
bool take_all(const std::filesystem::path& ballast) {
  const int fd = ::open(ballast.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  static const std::string block(4096, 'x');
  while (::write(fd, block.data(), block.size()) > 0) {
  }
  const bool full = errno == ENOSPC;
  ::close(fd);
  return full;
}

}  // namespace

SmallDisk::SmallDisk(int mebibytes)
    : mounted_(::mount("tmpfs", path().c_str(), "tmpfs", 0, ("size=" + std::to_string(mebibytes) + "m").c_str()) == 0) {
}

SmallDisk::~SmallDisk() {
  filler_ = {};
  while (mounted_ && ::umount2(path().c_str(), MNT_DETACH) == 0) {  // the cover of make_read_only() as well
  }
}

void SmallDisk::fill(const Process& daemon) {
  if (!mounted_) return limit_file_size(daemon, 0);
  const auto ballast = path() / "ballast";
  if (!take_all(ballast)) throw std::runtime_error("the small disk does not fill up");
  filler_ = std::jthread([ballast](const std::stop_token& stop) {
    for (; !stop.stop_requested(); std::this_thread::sleep_for(std::chrono::milliseconds{2})) (void)take_all(ballast);
  });
}

void SmallDisk::empty(const Process& daemon) {
  if (!mounted_) return limit_file_size(daemon, RLIM_INFINITY);
  filler_ = {};
  std::filesystem::remove(path() / "ballast");
}

std::filesystem::path SmallDisk::read_only() const {
  if (!mounted_) return "/proc/ordersd";
  if (::mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
    throw std::runtime_error("can't make the small disk read-only");
  }
  return path() / "state";
}

void SmallDisk::make_read_only() const {
  const char* folder = path().c_str();
  if (::mount(folder, folder, nullptr, MS_BIND, nullptr) != 0 ||
      ::mount(nullptr, folder, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
    throw std::runtime_error("can't cover the small disk");
  }
}

void SmallDisk::make_writable() const {
  if (::umount2(path().c_str(), MNT_DETACH) != 0) throw std::runtime_error("can't uncover the small disk");
}

}  // namespace orders::test
