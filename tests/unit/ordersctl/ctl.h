// ordersctl as a process, in a folder of its own where no configuration lies about.
#pragma once

#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {

class Ctl {
 public:
  [[nodiscard]] Command command(const std::vector<std::string>& arguments) const {
    Command command;
    command.arguments = {BINARY_DIR "/ordersctl"};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.environment = {{"XDG_RUNTIME_DIR", folder_.path().string()}, {"ORDERS_CONFIG", ""}, {"NO_COLOR", ""}};
    command.folder = folder_.path();
    return command;
  }
  [[nodiscard]] Output run(const std::vector<std::string>& arguments, const std::string& input = {}) const {
    return test::run(command(arguments), input);
  }
  [[nodiscard]] std::filesystem::path file(const std::string& name, const std::string& content) const {
    write_file(folder_ / name, content);
    return folder_ / name;
  }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_{"ctl"};
};

}  // namespace orders::test
