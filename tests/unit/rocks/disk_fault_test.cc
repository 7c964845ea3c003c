#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>

#include "disk_fault.h"

namespace {

std::atomic<int> fault{0};
std::atomic<int> faults{0};
std::string fault_folder;  // set before `fault`, left alone while it is not 0

bool fails(int fd) {
  int error = fault.load(std::memory_order_acquire);
  if (error == 0) return false;
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  auto size = ::readlink(link, path, sizeof path);
  if (size < 0 || !std::string_view(path, static_cast<std::size_t>(size)).starts_with(fault_folder)) return false;
  ++faults;
  errno = error;
  return true;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  return fails(fd) ? -1 : static_cast<ssize_t>(::syscall(SYS_write, fd, data, size));
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return fails(fd) ? -1 : static_cast<ssize_t>(::syscall(SYS_pwrite64, fd, data, size, offset));
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return fails(fd) ? -1 : static_cast<ssize_t>(::syscall(SYS_pwrite64, fd, data, size, offset));
}
int fallocate(int fd, int mode, off_t offset, off_t size) {
  return fails(fd) ? -1 : static_cast<int>(::syscall(SYS_fallocate, fd, mode, offset, size));
}
int fallocate64(int fd, int mode, off64_t offset, off64_t size) {
  return fails(fd) ? -1 : static_cast<int>(::syscall(SYS_fallocate, fd, mode, offset, size));
}

}  // extern "C"

namespace orders::rocks {

DiskFault::DiskFault(const std::filesystem::path& folder, int error) {
  fault_folder = folder.string();
  fault.store(error, std::memory_order_release);
}
DiskFault::~DiskFault() { fault = 0; }
int disk_faults() { return faults; }

}  // namespace orders::rocks
