#include "machine.h"

#include <chrono>
#include <stdexcept>

#include "support/daemon.h"
#include "support/wait_until.h"

namespace orders::test {

using namespace std::chrono_literals;

namespace {

constexpr auto patience = 60s;

Command script(std::vector<std::string> arguments) {
  Command command;
  arguments.insert(arguments.begin(), SOURCE_DIR "/tests/system/systemd/machine.sh");
  command.arguments = std::move(arguments);
  return command;
}

Process boot(const std::string& name, const std::filesystem::path& installation, const std::filesystem::path& log) {
  auto command = script({"boot", name, installation});
  command.output = log;
  return Process::spawn(command);
}

std::filesystem::path folder_of_drop_ins(const std::string& unit) { return "/run/units/" + unit + ".d"; }

}  // namespace

std::optional<std::string> Machine::missing() {
  const auto name = unique_name("orders-probe");
  const auto probe = test::run(script({"probe", name}));
  (void)test::run(script({"clean", name}));
  if (probe.exit_code == 0) return std::nullopt;
  return probe.text();
}

Machine::Machine(const std::filesystem::path& installation)
    : name_(unique_name("orders-machine")),
      log_(installation / "boot.log"),
      process_(boot(name_, installation, log_)) {
  // The first asks whether it has left this machine: until then it would be this one's systemd that answers.
  const auto is_up = [this] {
    return run({"test", "-e", "/run/units/machine.target"}).exit_code == 0 &&
           run({"systemctl", "is-system-running"}).out == "running\n";
  };
  if (!wait_until(patience, [&] { return !process_.running() || is_up(); }, 100ms) || !process_.running()) {
    throw std::runtime_error("the machine does not come up:\n" + slurp(log_));
  }
}

Machine::~Machine() {
  process_.kill();
  (void)test::run(script({"clean", name_}));
}

Output Machine::run(const std::vector<std::string>& arguments, const std::string& input) const {
  const auto pid = std::to_string(process_.pid());
  Command command;
  command.arguments = {"nsenter", "--target", pid,        "--mount", "--uts", "--ipc",
                       "--cgroup", "--pid=/proc/" + pid + "/ns/pid_for_children", "--"};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  return test::run(command, input, patience);
}

std::string Machine::ok(const std::vector<std::string>& arguments, const std::string& input) const {
  const auto output = run(arguments, input);
  if (output.exit_code != 0) throw std::runtime_error(output.text());
  return output.out;
}

void Machine::write(const std::filesystem::path& path, const std::string& content) const {
  ok({"mkdir", "-p", path.parent_path()});
  ok({"tee", path}, content);
}

std::string Machine::property(const std::string& unit, const std::string& name) const {
  auto value = ok({"systemctl", "show", "--property", name, "--value", unit});
  if (value.ends_with('\n')) value.pop_back();
  return value;
}

void Machine::drop_in(const std::string& unit, const std::string& content) const {
  write(folder_of_drop_ins(unit) / "test.conf", content);
  ok({"systemctl", "daemon-reload"});
}

void Machine::remove_drop_in(const std::string& unit) const {
  ok({"rm", "-rf", folder_of_drop_ins(unit)});
  ok({"systemctl", "daemon-reload"});
}

std::string Machine::journal(const std::string& unit) const {
  return run({"journalctl", "--unit", unit, "--no-pager", "--lines", "100"}).out;
}

}  // namespace orders::test
