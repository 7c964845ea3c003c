// Rules that hold for the whole tree.
#include <gtest/gtest.h>

#include <algorithm>

#include "source_tree.h"

namespace orders::test {
namespace {

std::vector<std::filesystem::path> text_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& file : files_below(".")) {
    const auto text = read_text(file);
    if (text.find('\0') == std::string::npos) files.push_back(file);
  }
  return files;
}

TEST(Tree, HoldsNoPathOfSomeonesMachine) {
  // The character class keeps this line from finding itself.
  const std::regex private_path(R"((^|[^A-Za-z0-9_.~/-])/(hom[e]|roo[t]|wor[k]|User[s])/[A-Za-z0-9_.-]+)");
  int checked = 0;
  for (const auto& file : text_files()) {
    std::istringstream text(read_text(file));
    int number = 0;
    for (std::string line; std::getline(text, line);) {
      ++number;
      EXPECT_FALSE(std::regex_search(line, private_path)) << relative_name(file) << ":" << number << ": " << line;
    }
    ++checked;
  }
  EXPECT_GT(checked, 100);
}

TEST(Tree, EverySourceFileIsShortEnoughToBeRead) {
  for (const auto& file : files_below(".")) {
    if (!is_source(file)) continue;
    const auto text = read_text(file);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 600) << relative_name(file);
  }
}

TEST(Tree, EveryHeaderIsIncludedOnce) {
  for (const auto& file : files_below(".")) {
    if (!is_header(file)) continue;
    EXPECT_NE(read_text(file).find("#pragma once"), std::string::npos) << relative_name(file);
  }
}

TEST(Tree, HoldsWhatIsInstalled) {
  for (const char* name : {"etc/ordersd.yaml", "man/ordersd.8", "man/ordersctl.1", "man/ordersctl-order.1", "man/ordersd.yaml.5",
                           "completions/ordersctl.bash", "completions/_ordersctl", "completions/ordersctl.fish",
                           "packaging/ordersd.service", "packaging/ordersd@.service", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"}) {
    EXPECT_TRUE(std::filesystem::exists(source_folder / name)) << name;
  }
}

TEST(Tree, EveryFuzzTargetIsBuiltAndHasInputs) {
  const auto cmake = read_text(source_folder / "tests/fuzz/CMakeLists.txt");
  int targets = 0;
  for (const auto& file : files_below("tests/fuzz")) {
    const auto name = file.filename().string();
    if (!name.ends_with("_fuzz.cc")) continue;
    ++targets;
    const auto target = name.substr(0, name.size() - std::string_view("_fuzz.cc").size());
    EXPECT_NE(cmake.find("orders_fuzz_target(" + target + " "), std::string::npos) << target;
    EXPECT_GT(files_below("tests/fuzz/corpus/" + target).size(), 2u) << target;
  }
  EXPECT_GT(targets, 5);
}

TEST(Tree, ScriptsCanBeRun) {
  using std::filesystem::perms;
  for (const char* name : {"scripts/setup.sh", "scripts/test.sh", "scripts/quickstart.sh", "scripts/bench.sh",
                           "scripts/chaos.sh", "scripts/fuzz.sh", "scripts/sanitize.sh", "scripts/kafka.sh",
                           "scripts/package.sh", "bench/api.sh", ".ci/run", "packaging/deb/postinst",
                           "packaging/deb/prerm", "packaging/deb/postrm", "tests/system/systemd/machine.sh",
                           "tests/system/packages/lifecycle.sh", "tests/shards.sh"}) {
    const auto permissions = std::filesystem::status(source_folder / name).permissions();
    EXPECT_NE(permissions & perms::owner_exec, perms::none) << name;
  }
}

}  // namespace
}  // namespace orders::test
