#include "rocks/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "rocks/status.h"

namespace orders::rocks {
namespace {

namespace fs = std::filesystem;

bool is_left_of_a_first_start(const std::string& name) {
  for (std::string_view prefix : {"LOG", "LOCK", "IDENTITY", "MANIFEST-", "OPTIONS-"}) {
    if (name.starts_with(prefix)) return true;
  }
  return name.ends_with(".dbtmp");
}

/// The error's number; 0: it could be written.
int write_probe(int fd) {
  const std::string block(64 << 10, '\0');
  for (int i = 0; i < 16; ++i) {  // 1 MiB: a manifest and a small flush
    const auto written = ::write(fd, block.data(), block.size());
    if (written != static_cast<ssize_t>(block.size())) return written < 0 ? errno : ENOSPC;
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

}  // namespace

Result<> create_folders(const fs::path& path) {
  fs::path partial;
  for (const auto& part : path) {
    partial /= part;
    if (::mkdir(partial.c_str(), 0750) == 0 || errno == EEXIST || errno == EISDIR) continue;
    int error = errno;
    struct ::stat info {};  // a read-only file system may answer EROFS for a folder that is there
    if (::stat(partial.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) continue;
    return fail(to_error(error, "creating the folder", partial));
  }
  return {};
}

Result<> check_content(const fs::path& path) {
  std::error_code error;
  if (fs::exists(path / "CURRENT", error)) return {};
  // A disk that does not say is no proof that it is gone.
  fs::directory_iterator entries;
  if (!error) entries = fs::directory_iterator(path, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    auto name = entries->path().filename().string();
    if (!is_left_of_a_first_start(name)) {
      return fail(ErrorClass::gap, fmt::format("{} is not a store: it has no CURRENT but a {}", path.string(), name));
    }
  }
  if (error) return fail(to_error(error.value(), "opening", path));
  return {};
}

Result<> check_writable(const fs::path& folder) {
  const auto path = folder / "probe.dbtmp";  // a name that check_content() lets pass
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return fail(to_error(errno, "writing to", folder));
  const int error = write_probe(fd);
  ::close(fd);
  ::unlink(path.c_str());
  if (error != 0) return fail(to_error(error, "writing to", folder));
  return {};
}

}  // namespace orders::rocks
