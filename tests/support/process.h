// Child processes that never outlive the test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace orders::test {

struct Command {
  std::vector<std::string> arguments;              ///< the program first; looked up in PATH
  std::map<std::string, std::string> environment;  ///< set over the test's own; an empty value unsets
  std::filesystem::path folder;                    ///< to run in; empty: the test's
  std::filesystem::path output;                    ///< standard output and error are appended here; empty: discarded
  std::string user;                                ///< to run as, if the test runs as root
  [[nodiscard]] std::string text() const;
};

/// How a process ended: an exit code, or 128 + the signal, as a shell tells it.
using ExitCode = int;

/// Movable handle; its destructor kills with SIGKILL. The kernel kills the child too when the *thread* that spawned it
/// ends (PR_SET_PDEATHSIG), so spawn from the test's main thread. Throws std::runtime_error where spawning fails.
class Process {
 public:
  [[nodiscard]] static Process spawn(const Command& command);
  /// Takes over a child of this process.
  [[nodiscard]] static Process adopt(pid_t pid, int pidfd, std::string text) { return {pid, pidfd, std::move(text)}; }
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  void signal(int number) const;
  /// SIGSTOP; returns when nothing of it runs any more. On a busy machine that takes longer than to send the signal.
  void suspend() const;
  /// Waits until it has stopped, by whomever it was told to.
  void await_stopped() const;
  /// SIGKILL, then waits.
  void kill();
  /// Nothing when it still runs after `timeout`.
  [[nodiscard]] std::optional<ExitCode> wait(std::chrono::milliseconds timeout);

 private:
  Process(pid_t pid, int pidfd, std::string text) : pid_(pid), pidfd_(pidfd), text_(std::move(text)) {}
  void reap();
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::string text_;
  std::optional<ExitCode> exit_code_;
};

struct Output {
  ExitCode exit_code = -1;
  std::string out;
  std::string err;
  std::string command;
  /// Command, code and both outputs, for a failure's message.
  [[nodiscard]] std::string text() const;
};

/// Runs to the end with `input` as standard input. Throws when it takes longer than `timeout` (it is killed).
[[nodiscard]] Output run(const Command& command, const std::string& input = {},
                         std::chrono::milliseconds timeout = std::chrono::seconds{60});

/// Whole file, empty if it is not there.
[[nodiscard]] std::string slurp(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& content);
/// A setting of a long form of a test, ORDERS_SEED say. It is taken out of the environment: the programs would read it as
/// an option of theirs that does not exist. So ask for it once.
[[nodiscard]] std::string take_variable(const char* name, const std::string& otherwise);
[[nodiscard]] unsigned take_variable(const char* name, unsigned otherwise);
/// For its owner alone, as the programs want it.
void write_secret(const std::filesystem::path& path, const std::string& content);

/// A TCP port of the loopback interface that nobody listens on, and that no other call gives out, in whatever test,
/// while this process lives: who takes it late, or gives it up for a while, finds it free. Below the range that the
/// kernel takes for outgoing connections: a client that keeps trying a dead broker's port could otherwise be given that
/// very port.
[[nodiscard]] int free_port();

}  // namespace orders::test
