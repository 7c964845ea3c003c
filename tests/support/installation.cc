#include "support/installation.h"

namespace orders::test {

Output install(const std::string& prefix, const std::filesystem::path& destination) {
  Command command;
  command.arguments = {"cmake", "--install", std::filesystem::path(BINARY_DIR).parent_path(), "--prefix", prefix};
  command.environment = {{"DESTDIR", destination}};
  return run(command);
}

}  // namespace orders::test
