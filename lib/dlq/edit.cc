#include "dlq/edit.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

extern char** environ;

namespace orders::dlq {
namespace {

using Clock = std::chrono::steady_clock;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorClass::bug, fmt::format("pipe: {}", std::strerror(errno)));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// A shell that runs the command, in a process group of its own. Killed with its group unless it was waited for.
class Shell {
 public:
  explicit Shell(pid_t pid) : pid_(pid) {}
  Shell(Shell&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Shell& operator=(Shell&&) = delete;
  ~Shell() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  /// Its wait status; nothing while it runs.
  [[nodiscard]] bool ended(int& status) {
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    pid_ = -1;
    return true;
  }

 private:
  pid_t pid_;
};

Result<Shell> spawn(const std::string& command, int input, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);  // ignored here, and that would be inherited
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::array<std::string, 3> arguments{"sh", "-c", command};
  std::array<char*, 4> pointers{arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
  pid_t pid = -1;
  const int why = ::posix_spawn(&pid, "/bin/sh", &actions, &attributes, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (why != 0) return fail(ErrorClass::bug, fmt::format("can't run /bin/sh: {}", std::strerror(why)));
  return Shell(pid);
}

/// Feeds and reads at once: a command may write before it has read everything. False when the time is over.
bool exchange(Descriptor& to, std::string_view value, Descriptor& from, std::string& result, Clock::time_point until) {
  if (value.empty()) to.close();
  std::array<char, 65'536> buffer{};
  for (;;) {
    const auto left = std::chrono::duration_cast<Milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 2> ends{{{from.get(), POLLIN, 0}, {to.get(), POLLOUT, 0}}};  // -1 is passed over
    if (::poll(ends.data(), ends.size(), static_cast<int>(std::min<std::int64_t>(left, 1'000))) <= 0) continue;
    if (ends[1].revents != 0) {
      const auto written = ::write(to.get(), value.data(), value.size());
      if (written > 0) value.remove_prefix(static_cast<std::size_t>(written));
      // It may end without having read everything: `head` does.
      if (value.empty() || (written < 0 && errno != EAGAIN && errno != EINTR)) to.close();
    }
    if (ends[0].revents == 0) continue;
    const auto read = ::read(from.get(), buffer.data(), buffer.size());
    if (read > 0) result.append(buffer.data(), static_cast<std::size_t>(read));
    if (read == 0) return true;
  }
}

Result<> verdict(int status) {
  if (WIFSIGNALED(status)) return fail(ErrorClass::record, fmt::format("ended by signal {}", WTERMSIG(status)));
  if (WEXITSTATUS(status) == 0) return {};
  return fail(ErrorClass::record, fmt::format("exit code {}", WEXITSTATUS(status)));
}

Result<> await(Shell& shell, Clock::time_point until) {
  constexpr timespec pause{0, 1'000'000};
  int status = 0;
  while (!shell.ended(status)) {
    if (Clock::now() > until) return fail(ErrorClass::record, "its output ended, but it did not");
    ::nanosleep(&pause, nullptr);
  }
  return verdict(status);
}

}  // namespace

Result<std::string> edited(const std::string& command, std::string_view value, Milliseconds timeout) {
  auto in = make_pipe();
  auto out = make_pipe();
  if (!in || !out) return fail(in ? out.error() : in.error());
  auto shell = spawn(command, in->read.get(), out->write.get());
  if (!shell) return fail(std::move(shell.error()));
  in->read.close();
  out->write.close();
  ::fcntl(in->write.get(), F_SETFL, O_NONBLOCK);
  const auto until = Clock::now() + timeout;
  std::string result;
  if (!exchange(in->write, value, out->read, result, until))
    return fail(ErrorClass::record, fmt::format("not done after {}", format_duration(timeout)));
  if (auto ended = await(*shell, until); !ended) return fail(std::move(ended.error()));
  if (result.ends_with('\n') && !value.ends_with('\n')) result.pop_back();
  if (result.empty()) return fail(ErrorClass::record, "it wrote nothing");
  return result;
}

}  // namespace orders::dlq
