#include "support/dev_command.h"

#include "support/daemon.h"

namespace orders::test {

Command dev_command(const std::filesystem::path& folder, const std::string& program,
                    const std::vector<std::string>& arguments) {
  Command command;
  command.arguments = {test::program(program)};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  // TMPDIR: what it leaves would show. An empty ORDERS_CONFIG unsets the tester's own.
  command.environment = {{"XDG_RUNTIME_DIR", folder}, {"TMPDIR", folder}, {"ORDERS_CONFIG", ""}};
  command.folder = folder;
  return command;
}

}  // namespace orders::test
