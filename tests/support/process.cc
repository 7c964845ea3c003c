#include "support/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include "support/wait_until.h"

namespace orders::test {

namespace {

[[noreturn]] void fail_with_errno(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

struct Streams {
  int in = -1, out = -1, err = -1;
};

[[noreturn]] void die_in_child(const char* what) {
  ::dprintf(2, "%s: %s\n", what, std::strerror(errno));
  ::_exit(127);
}

/// In the child, between fork and exec.
[[noreturn]] void become(const Command& command, const Streams& streams, const passwd* user, pid_t parent) {
  if (user != nullptr &&
      (::initgroups(user->pw_name, user->pw_gid) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) {
    die_in_child("can't change the user");
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after setuid, which clears it
  if (::getppid() != parent) ::_exit(127);
  ::dup2(streams.in, 0);
  ::dup2(streams.out, 1);
  ::dup2(streams.err, 2);
  if (!command.folder.empty() && ::chdir(command.folder.c_str()) != 0) die_in_child("can't change the folder");
  for (const auto& [name, value] : command.environment) {
    if (value.empty()) {
      ::unsetenv(name.c_str());
    } else {
      ::setenv(name.c_str(), value.c_str(), 1);
    }
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::vector<char*> arguments;
  for (const auto& argument : command.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  die_in_child(arguments[0]);
}

struct Child {
  pid_t pid;
  int pidfd;
};

Child spawn_with(const Command& command, const Streams& streams) {
  const passwd* user = nullptr;
  if (!command.user.empty() && ::geteuid() == 0) {
    user = ::getpwnam(command.user.c_str());
    if (user == nullptr) throw std::runtime_error("no user " + command.user);
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) fail_with_errno("fork");
  if (pid == 0) become(command, streams, user, parent);
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));  // glibc 2.36 declares it for C only
  if (pidfd < 0) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    fail_with_errno("pidfd_open");
  }
  return {pid, pidfd};
}

std::string read_all(int fd) {
  std::string content;
  ::lseek(fd, 0, SEEK_SET);
  char buffer[65536];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) content.append(buffer, static_cast<std::size_t>(n));
  return content;
}

/// Among the tests that run now, until this process ends, however it does: a name in the abstract namespace of Unix
/// sockets stands for the port.
bool reserve(int port) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_with_errno("socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "orders-test-port-" + std::to_string(port);
  name.copy(address.sun_path + 1, name.size());  // behind the zero that makes it abstract
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return true;
  ::close(fd);
  return false;
}

/// An anonymous file; unlike a pipe it never fills up and needs no reader.
class AnonymousFile {
 public:
  explicit AnonymousFile(const char* name) : fd_(::memfd_create(name, MFD_CLOEXEC)) {
    if (fd_ < 0) fail_with_errno("memfd_create");
  }
  AnonymousFile(const AnonymousFile&) = delete;
  AnonymousFile& operator=(const AnonymousFile&) = delete;
  ~AnonymousFile() { ::close(fd_); }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

std::string Command::text() const {
  std::string text;
  for (const auto& argument : arguments) text += (text.empty() ? "" : " ") + argument;
  return text;
}

Process Process::spawn(const Command& command) {
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const char* path = command.output.empty() ? "/dev/null" : command.output.c_str();
  const int out = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (in < 0 || out < 0) fail_with_errno(path);
  const Child child = spawn_with(command, {in, out, out});
  ::close(in);
  ::close(out);
  return {child.pid, child.pidfd, command.text()};
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      text_(std::move(other.text_)),
      exit_code_(other.exit_code_) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    if (pid_ > 0) kill();
    if (pidfd_ >= 0) ::close(pidfd_);
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::exchange(other.pidfd_, -1);
    text_ = std::move(other.text_);
    exit_code_ = other.exit_code_;
  }
  return *this;
}

Process::~Process() {
  if (pid_ > 0) kill();
  if (pidfd_ >= 0) ::close(pidfd_);
}

bool Process::running() { return !wait(std::chrono::milliseconds{0}); }

void Process::signal(int number) const {
  if (pid_ <= 0 || exit_code_) throw std::runtime_error("signal to a process that has ended: " + text_);
  ::kill(pid_, number);
}

void Process::suspend() const {
  signal(SIGSTOP);
  await_stopped();
}

void Process::await_stopped() const {
  const auto stopped = [&] {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  };
  if (!wait_until(std::chrono::seconds{30}, stopped, std::chrono::milliseconds{1})) {
    throw std::runtime_error("it does not stand still: " + text_);
  }
}

void Process::kill() {
  if (pid_ <= 0 || exit_code_) return;
  ::kill(pid_, SIGKILL);
  reap();
}

std::optional<ExitCode> Process::wait(std::chrono::milliseconds timeout) {
  if (exit_code_ || pid_ <= 0) return exit_code_;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  pollfd ended{pidfd_, POLLIN, 0};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const int result = ::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (result == 0) return {};
    if (result > 0) break;
    if (errno != EINTR) fail_with_errno("poll");
  }
  reap();
  return exit_code_;
}

void Process::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string Output::text() const {
  return "`" + command + "` ended with " + std::to_string(exit_code) + "\n--- standard output\n" + out.substr(0, 4000) +
         "\n--- standard error\n" + err.substr(0, 4000);
}

Output run(const Command& command, const std::string& input, std::chrono::milliseconds timeout) {
  const AnonymousFile in("in");
  const AnonymousFile out("out");
  const AnonymousFile err("err");
  for (std::size_t written = 0; written < input.size();) {
    const ssize_t n = ::write(in.fd(), input.data() + written, input.size() - written);
    if (n < 0) fail_with_errno("write");
    written += static_cast<std::size_t>(n);
  }
  ::lseek(in.fd(), 0, SEEK_SET);
  const Child child = spawn_with(command, {in.fd(), out.fd(), err.fd()});
  Process process = Process::adopt(child.pid, child.pidfd, command.text());
  const auto code = process.wait(timeout);
  if (!code) {
    process.kill();
    throw std::runtime_error("took longer than " + std::to_string(timeout.count()) + " ms: " + command.text() + "\n" +
                             read_all(out.fd()) + "\n" + read_all(err.fd()));
  }
  return {*code, read_all(out.fd()), read_all(err.fd()), command.text()};
}

std::string slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) throw std::runtime_error("can't write " + path.string());
}

std::string take_variable(const char* name, const std::string& otherwise) {
  const char* set = std::getenv(name);
  std::string value = set != nullptr && *set != '\0' ? set : otherwise;
  ::unsetenv(name);
  return value;
}

unsigned take_variable(const char* name, unsigned otherwise) {
  return static_cast<unsigned>(std::stoul(take_variable(name, std::to_string(otherwise))));
}

void write_secret(const std::filesystem::path& path, const std::string& content) {
  write_file(path, {});
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  write_file(path, content);
}

int free_port() {
  static std::mt19937 random(std::random_device{}());
  for (int attempt = 0; attempt < 1'000; ++attempt) {
    const int port = std::uniform_int_distribution<int>(15'000, 32'000)(random);
    if (!reserve(port)) continue;
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const bool free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    if (free) return port;
  }
  throw std::runtime_error("no free port");
}

}  // namespace orders::test
