#include "api/listener.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace orders::api {
namespace {

constexpr mode_t socket_mode = 0660;
constexpr int backlog = 128;

tl::unexpected<Error> system_failure(const std::string& what, int error) {
  return fail(ErrorClass::invalid, what + ": " + std::strerror(error), "see api.socket");
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

/// 0: somebody listens there; otherwise connect()'s errno.
int try_to_connect(const std::string& path) {
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un address = address_of(path);
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return 0;
  return errno == EAGAIN ? 0 : errno;  // EAGAIN: its backlog is full
}

/// Removes what nobody listens on any more.
Result<> clear_abandoned(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) {
    return fail(ErrorClass::refused, path + " is there and is not a socket", "see api.socket");
  }
  const int error = try_to_connect(path);
  if (error == 0) {
    return fail(ErrorClass::refused, "another daemon answers at " + path, "give each daemon its own api.socket");
  }
  if (error != ECONNREFUSED && error != ENOENT) return system_failure("can't look at " + path, error);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failure("can't replace " + path, errno);
  return {};
}

/// Held while a socket file is looked at and replaced, so that two daemons that start at once don't replace each
/// other's. On the folder, so that no lock file stays.
Result<> lock_folder(const Fd& folder, const std::filesystem::path& path) {
  if (folder.get() < 0) return system_failure("can't open the folder " + path.string(), errno);
  while (::flock(folder.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return system_failure("can't lock the folder " + path.string(), errno);
  }
  return {};
}

Result<> make_folder(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::create_directories(path, error)) {
    fs::permissions(path, fs::perms::group_write | fs::perms::others_write, fs::perm_options::remove, error);
  }
  if (error) return system_failure("can't make the folder " + path.string(), error.value());
  return {};
}

/// Where everybody may remove files, anybody could put a socket in our place, and be sent the orders.
Result<> check_folder(const Fd& folder, const std::filesystem::path& path) {
  struct stat info {};
  if (::fstat(folder.get(), &info) != 0) return system_failure("can't look at the folder " + path.string(), errno);
  if ((info.st_mode & S_IWOTH) == 0 || (info.st_mode & S_ISVTX) != 0) return {};
  return fail(ErrorClass::invalid, "every user of the machine may replace files in the folder " + path.string(),
              "chmod o-w " + path.string() + ", or another api.socket");
}

}  // namespace

Result<Listener> Listener::open(const std::string& path) {
  if (path.empty()) return fail(ErrorClass::invalid, "the socket's path is empty", "see api.socket");
  if (path.size() >= sizeof sockaddr_un::sun_path) {
    return fail(ErrorClass::invalid,
                "the socket's path has " + std::to_string(path.size()) + " bytes, at most " +
                    std::to_string(sizeof sockaddr_un::sun_path - 1) + " are possible: " + path,
                "choose a shorter api.socket");
  }
  std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (parent.empty()) parent = ".";
  if (auto made = make_folder(parent); !made) return fail(made.error());
  const Fd folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (auto locked = lock_folder(folder, parent); !locked) return fail(locked.error());
  if (auto ours = check_folder(folder, parent); !ours) return fail(ours.error());
  if (auto cleared = clear_abandoned(path); !cleared) return fail(cleared.error());

  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return system_failure("can't make a socket", errno);
  (void)::fchmod(fd.get(), socket_mode);  // the file is born with it (less the umask)
  const sockaddr_un address = address_of(path);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return system_failure("can't listen at " + path, errno);
  }
  Listener listener(std::move(fd), path);
  if (::chmod(path.c_str(), socket_mode) != 0 || ::listen(listener.fd(), backlog) != 0) {
    return system_failure("can't listen at " + path, errno);
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) listener.inode_ = info.st_ino;
  return listener;
}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::move(other.fd_)), path_(std::exchange(other.path_, {})), inode_(other.inode_) {}

Listener::~Listener() { remove_file(); }

void Listener::remove_file() {
  struct stat info {};
  if (!path_.empty() && ::lstat(path_.c_str(), &info) == 0 && (inode_ == 0 || info.st_ino == inode_)) {
    ::unlink(path_.c_str());
  }
  path_.clear();
}

}  // namespace orders::api
