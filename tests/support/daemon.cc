#include "support/daemon.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <stdexcept>

#include "api/client.h"
#include "support/identity.h"
#include "support/wait_until.h"

namespace orders::test {

using namespace std::chrono_literals;

namespace {

void write_yaml(std::string& out, const Settings& settings, const std::string& prefix, std::size_t depth) {
  std::string section;
  for (auto at = settings.lower_bound(prefix); at != settings.end() && at->first.starts_with(prefix); ++at) {
    const std::string rest = at->first.substr(prefix.size());
    const auto dot = rest.find('.');
    // Names of librdkafka's properties have dots themselves.
    if (dot == std::string::npos || prefix == "kafka.properties.") {
      out += std::string(2 * depth, ' ') + rest + ": " + at->second + "\n";
    } else if (rest.substr(0, dot) != section) {
      section = rest.substr(0, dot);
      out += std::string(2 * depth, ' ') + section + ":\n";
      write_yaml(out, settings, prefix + section + ".", depth + 1);
    }
  }
}

Settings defaults(const std::string& name, const std::filesystem::path& folder) {
  const std::string unique = unique_name(name);
  return {
      {"application_id", unique},
      {"instance_id", "one"},
      {"topics.orders", unique + "-orders"},
      {"topics.payments", unique + "-payments"},
      {"topics.stock", unique + "-stock"},
      {"topics.dead_letter", unique + "-dead"},
      {"topics.drained", unique + "-drained"},
      {"state.directory", folder / "state"},
      {"api.socket", folder / "api.sock"},
      {"database.backend", "none"},
  };
}

}  // namespace

Settings with(Settings settings, const Settings& more) {
  for (const auto& [name, value] : more) settings[name] = value;
  return settings;
}

std::string to_yaml(const Settings& settings) {
  std::string out;
  write_yaml(out, settings, "", 0);
  return out;
}

std::string unique_name(const std::string& stem) {
  static int count = 0;
  return stem + "-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

std::filesystem::path program(const std::string& name) { return std::filesystem::path(BINARY_DIR) / name; }

std::vector<nlohmann::json> parse_lines(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

Daemon::Daemon(const std::string& name, const Settings& settings)
    : folder_(name), settings_(with(defaults(name, folder_.path()), settings)) {
  write_file(config_file(), to_yaml(settings_));
}

Daemon::~Daemon() {
  if (running()) check_identity();
  // What a failed test leaves in the log is the first thing that its reader wants.
  if (process_ && (std::uncaught_exceptions() > 0 || testing::Test::HasFailure())) {
    std::fprintf(stderr, "--- %s\n%s---\n", log_file().c_str(), log().c_str());
  }
}

const std::string& Daemon::setting(const std::string& name) const { return settings_.at(name); }

void Daemon::set(const std::string& name, const std::string& value) {
  settings_[name] = value;
  write_file(config_file(), to_yaml(settings_));
}

void Daemon::start(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment) {
  Command command;
  command.environment = environment;
  command.arguments = {program("ordersd"), "--config", config_file()};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.folder = folder_.path();
  command.output = log_file();
  process_ = Process::spawn(command);
}

bool Daemon::ready() const { return get("/readyz").has_value(); }

void Daemon::await_ready(std::chrono::milliseconds timeout) {
  const bool in_time = wait_until(timeout, [&] { return !running() || ready(); });
  if (!in_time || !running()) {
    throw std::runtime_error(std::string("ordersd ") + (in_time ? "ended" : "is not ready in time") + ":\n" + log());
  }
}

void Daemon::start_and_await(std::chrono::milliseconds timeout) {
  start();
  await_ready(timeout);
}

/// Not for long: a suspended daemon does not answer.
void Daemon::kill() {
  if (running()) check_identity(500ms);
  process_->kill();
}

bool Daemon::check_identity(std::chrono::milliseconds patience) const {
  api::Client client(setting("api.socket"));
  const auto response = client.get("/api/status", patience);
  if (!response || response->status != 200) return false;
  try {
    for (const auto& violation : identity_violations(nlohmann::json::parse(response->body))) {
      ADD_FAILURE() << setting("application_id") << "/" << setting("instance_id") << ": " << violation;
    }
  } catch (const nlohmann::json::exception& e) {
    ADD_FAILURE() << "not a status: " << e.what() << ": " << response->body;
  }
  return true;
}

ExitCode Daemon::stop(std::chrono::milliseconds timeout) {
  if (running()) check_identity();
  process_->signal(SIGTERM);
  const auto code = process_->wait(timeout);
  if (!code) throw std::runtime_error("ordersd does not stop in time:\n" + log());
  return *code;
}

std::optional<ExitCode> Daemon::wait(std::chrono::milliseconds timeout) { return process_->wait(timeout); }
bool Daemon::running() { return process_ && process_->running(); }

Command Daemon::ctl_command(const std::vector<std::string>& arguments) const {
  Command command;
  command.arguments = {program("ordersctl"), "--config", config_file()};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.folder = folder_.path();
  return command;
}

Output Daemon::ctl(const std::vector<std::string>& arguments, const std::string& input,
                   std::chrono::milliseconds timeout) const {
  return run(ctl_command(arguments), input, timeout);
}

std::string Daemon::ctl_ok(const std::vector<std::string>& arguments, const std::string& input,
                           std::chrono::milliseconds timeout) const {
  const Output output = ctl(arguments, input, timeout);
  if (output.exit_code != 0) throw std::runtime_error(output.text());
  return output.out;
}

nlohmann::json Daemon::ctl_json(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"--output", "json"});
  return nlohmann::json::parse(ctl_ok(arguments));
}

std::vector<nlohmann::json> Daemon::ctl_lines(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"--output", "ndjson"});
  return parse_lines(ctl_ok(arguments));
}

std::optional<nlohmann::json> Daemon::get(const std::string& path) const {
  api::Client client(setting("api.socket"));
  const auto response = client.get(path, 30s);
  if (!response || response->status != 200) return {};
  auto body = nlohmann::json::parse(response->body, nullptr, false);
  return body.is_discarded() ? nlohmann::json(response->body) : body;
}

}  // namespace orders::test
