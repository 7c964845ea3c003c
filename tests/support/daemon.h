// ordersd and ordersctl as their users have them: a configuration file, a process, a command.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {

/// Options by their dotted names, values as they stand in YAML: {"join.window", "PT10S"}.
using Settings = std::map<std::string, std::string>;

/// `settings` with `more` on top.
[[nodiscard]] Settings with(Settings settings, const Settings& more);

/// The YAML of settings, nested at the dots.
[[nodiscard]] std::string to_yaml(const Settings& settings);

/// A name that no other test has, of letters, digits and '-': for application ids and topics.
[[nodiscard]] std::string unique_name(const std::string& stem);

/// One installation of ordersd: its configuration, state folder and socket in a folder of its own, topics and identity
/// that no other test has. `settings` win. Errors of the set-up throw std::runtime_error. Whenever a daemon that still
/// answers is stopped, killed or left by its test, its counters are checked to be an identity (I5): where they are not,
/// the test fails.
class Daemon {
 public:
  explicit Daemon(const std::string& name, const Settings& settings = {});
  ~Daemon();

  // --- configuration
  [[nodiscard]] const std::string& setting(const std::string& name) const;
  [[nodiscard]] const Settings& settings() const { return settings_; }
  /// Changes the file; a running daemon does not see it.
  void set(const std::string& name, const std::string& value);
  [[nodiscard]] std::filesystem::path config_file() const { return folder_ / "ordersd.yaml"; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::string orders() const { return setting("topics.orders"); }
  [[nodiscard]] std::string payments() const { return setting("topics.payments"); }
  [[nodiscard]] std::string stock() const { return setting("topics.stock"); }
  [[nodiscard]] std::string dead_letters() const { return setting("topics.dead_letter"); }

  // --- the process
  /// Spawns and returns at once. `arguments` go behind --config FILE.
  void start(const std::vector<std::string>& arguments = {},
             const std::map<std::string, std::string>& environment = {});
  /// Returns when /readyz says yes; throws with the log when it does not, or when the daemon ends before.
  void start_and_await(std::chrono::milliseconds timeout = std::chrono::seconds{60});
  void await_ready(std::chrono::milliseconds timeout = std::chrono::seconds{60});
  [[nodiscard]] bool ready() const;
  /// SIGKILL, and waits until it is gone.
  void kill();
  /// I5, now: adds a failure where the counters of one status are no identity. True when the daemon answered.
  bool check_identity(std::chrono::milliseconds patience = std::chrono::seconds{5}) const;
  /// SIGTERM; its exit code. Throws with the log when it takes longer than `timeout`.
  [[nodiscard]] ExitCode stop(std::chrono::milliseconds timeout = std::chrono::seconds{30});
  [[nodiscard]] std::optional<ExitCode> wait(std::chrono::milliseconds timeout);
  [[nodiscard]] bool running();
  [[nodiscard]] Process& process() { return *process_; }
  /// All that it logged, earlier runs included.
  [[nodiscard]] std::string log() const { return slurp(log_file()); }
  [[nodiscard]] std::filesystem::path log_file() const { return folder_ / "ordersd.log"; }

  // --- ordersctl with this configuration
  [[nodiscard]] Command ctl_command(const std::vector<std::string>& arguments) const;
  [[nodiscard]] Output ctl(const std::vector<std::string>& arguments, const std::string& input = {},
                           std::chrono::milliseconds timeout = std::chrono::seconds{60}) const;
  /// Standard output of a command that must succeed, else throws.
  std::string ctl_ok(const std::vector<std::string>& arguments, const std::string& input = {},
                     std::chrono::milliseconds timeout = std::chrono::seconds{60}) const;
  /// The same with --output json.
  [[nodiscard]] nlohmann::json ctl_json(std::vector<std::string> arguments) const;
  /// The same with --output ndjson.
  [[nodiscard]] std::vector<nlohmann::json> ctl_lines(std::vector<std::string> arguments) const;
  /// GET over the daemon's socket: the body of a 200, nothing for any other answer or none.
  [[nodiscard]] std::optional<nlohmann::json> get(const std::string& path) const;

 private:
  TempFolder folder_;
  Settings settings_;
  std::optional<Process> process_;
};

/// Where the program `name` was built.
[[nodiscard]] std::filesystem::path program(const std::string& name);
/// Lines of NDJSON.
[[nodiscard]] std::vector<nlohmann::json> parse_lines(const std::string& text);

}  // namespace orders::test
