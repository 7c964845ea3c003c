// Faults of the disk, injected below RocksDB: disk_fault_test.cc defines write() and its sisters before libc's are
// found.
#pragma once

#include <filesystem>

namespace orders::rocks {

/// While it lives, writes to files in `folder` fail with `error` (ENOSPC, EIO).
class DiskFault {
 public:
  DiskFault(const std::filesystem::path& folder, int error);
  ~DiskFault();
  DiskFault(const DiskFault&) = delete;
  DiskFault& operator=(const DiskFault&) = delete;
};

/// How many writes have been made to fail so far.
[[nodiscard]] int disk_faults();

}  // namespace orders::rocks
