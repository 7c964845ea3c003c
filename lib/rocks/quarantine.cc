#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/file.h"
#include "base/time.h"
#include "rocks/status.h"
#include "rocks/store.h"

namespace orders::rocks {
namespace {

namespace fs = std::filesystem;

fs::path free_name(const fs::path& path) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(wall_clock_now());
  auto name = fmt::format("{}.corrupt-{:%Y%m%dT%H%M%SZ}", path.string(),
                          fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
  std::error_code error;
  fs::path free = name;
  for (int n = 2; fs::exists(free, error); ++n) free = fmt::format("{}-{}", name, n);
  return free;
}

/// Best effort: without it a power failure may bring the old name back, and the store is found wrong once more.
void sync_folder(const fs::path& folder) {
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)::fsync(fd);
  ::close(fd);
}

}  // namespace

Result<fs::path> quarantine(const fs::path& path, std::string_view why) {
  auto clean = path.has_filename() ? path : path.parent_path();  // "table/" names the same folder
  auto target = free_name(clean);
  if (::rename(clean.c_str(), target.c_str()) != 0) {
    if (errno == ENOENT) return fail(ErrorClass::not_found, fmt::format("there is no {} to set aside", clean.string()));
    return fail(to_error(errno, "setting aside", clean));
  }
  sync_folder(clean.has_parent_path() ? clean.parent_path() : fs::path("."));
  // For whoever finds the folder; without it the log still has the reason.
  (void)write_file_atomically(target / "WHY", fmt::format("{}\n", why));
  return target;
}

}  // namespace orders::rocks
