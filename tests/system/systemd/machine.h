// A machine with systemd as its init and ordersd installed, made of namespaces: see machine.sh.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "support/process.h"

namespace orders::test {

/// Its network is the test's: brokers are where they are. Errors throw std::runtime_error.
class Machine {
 public:
  /// Why there can be none here (no root, no cgroup2, a container that may not mount); nothing: there can.
  [[nodiscard]] static std::optional<std::string> missing();
  /// `installation`: what DESTDIR was. Returns when systemd has come up.
  explicit Machine(const std::filesystem::path& installation);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine();

  [[nodiscard]] Output run(const std::vector<std::string>& arguments, const std::string& input = {}) const;
  /// Standard output of a command that must succeed.
  std::string ok(const std::vector<std::string>& arguments, const std::string& input = {}) const;
  void write(const std::filesystem::path& path, const std::string& content) const;
  /// A line of `systemctl show`, such as ActiveState.
  [[nodiscard]] std::string property(const std::string& unit, const std::string& name) const;
  /// A drop-in of the unit, which is read at once.
  void drop_in(const std::string& unit, const std::string& content) const;
  void remove_drop_in(const std::string& unit) const;
  [[nodiscard]] std::string journal(const std::string& unit) const;

 private:
  std::string name_;
  std::filesystem::path log_;
  Process process_;
};

}  // namespace orders::test
