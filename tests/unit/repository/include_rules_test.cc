// Which module may include what: the USES lines of lib/CMakeLists.txt are the rule, this is the check.
#include <gtest/gtest.h>

#include <algorithm>

#include "source_tree.h"

namespace orders::test {
namespace {

using Modules = std::map<std::string, std::set<std::string>>;

/// Module folder -> folders that it may include, itself too. orders_module(api_client … SOURCES api/client.cc) is a
/// part of the folder api: the folder may use what any of its parts may.
Modules declared_modules() {
  static const std::regex statement(R"(orders_module\(([^)]*)\))");
  static const std::set<std::string> keywords = {"USES", "LIBRARIES", "SOURCES"};
  Modules modules;
  std::string text = std::regex_replace(read_text(source_folder / "lib/CMakeLists.txt"), std::regex("#[^\n]*"), "");
  for (auto at = std::sregex_iterator(text.begin(), text.end(), statement); at != std::sregex_iterator(); ++at) {
    std::istringstream words((*at)[1].str());
    std::string name, word, keyword;
    words >> name;
    std::string folder = name;
    std::set<std::string> uses;
    while (words >> word) {
      if (keywords.contains(word)) {
        keyword = word;
      } else if (keyword == "USES") {
        uses.insert(word);
      } else if (keyword == "SOURCES") {
        folder = first_folder(word);
      }
    }
    uses.insert(folder);
    modules[folder].merge(uses);
  }
  return modules;
}

/// Whose headers a library's include belongs to; empty for the standard library's and the system's.
std::string library_of(const std::string& include) {
  static const std::map<std::string, std::string> by_folder = {
      {"librdkafka", "librdkafka"}, {"rocksdb", "rocksdb"},   {"pqxx", "libpqxx"},
      {"spdlog", "spdlog"},         {"fmt", "fmt"},           {"tl", "tl-expected"},
      {"nlohmann", "nlohmann"},     {"yaml-cpp", "yaml-cpp"}, {"curl", "libcurl"},
      {"systemd", "libsystemd"},    {"CLI", "CLI11"},         {"gtest", "gtest"},
      {"gmock", "gtest"},           {"prometheus", "prometheus-cpp"},
  };
  static const std::map<std::string, std::string> by_name = {
      {"simdjson.h", "simdjson"}, {"microhttpd.h", "libmicrohttpd"}, {"libpq-fe.h", "libpqxx"}};
  if (auto at = by_folder.find(first_folder(include)); at != by_folder.end()) return at->second;
  if (auto at = by_name.find(include); at != by_name.end()) return at->second;
  return {};
}

std::vector<std::string> modules_that_include(const std::string& library) {
  std::set<std::string> modules;
  for (const auto& file : files_below("lib")) {
    if (!is_source(file)) continue;
    for (const auto& include : includes_of(file)) {
      if (library_of(include.name) == library) modules.insert(first_folder(relative_name(file).substr(4)));
    }
  }
  return {modules.begin(), modules.end()};
}

TEST(IncludeRules, TheModulesAreDeclared) {
  const auto modules = declared_modules();
  for (const char* name : {"base", "config", "order", "kafka", "preflight", "rocks", "table", "join", "failure",
                           "graph", "topology", "database", "view", "state", "intake", "metrics", "api"}) {
    EXPECT_TRUE(modules.contains(name)) << name;
  }
  for (const auto& entry : std::filesystem::directory_iterator(source_folder / "lib")) {
    if (!entry.is_directory() || std::filesystem::is_empty(entry.path())) continue;
    EXPECT_TRUE(modules.contains(entry.path().filename())) << entry.path() << " is no module of lib/CMakeLists.txt";
  }
}

TEST(IncludeRules, AModuleIncludesOnlyTheModulesThatItUses) {
  const auto modules = declared_modules();
  int checked = 0;
  for (const auto& file : files_below("lib")) {
    if (!is_source(file)) continue;
    const std::string module = first_folder(relative_name(file).substr(4));
    for (const auto& include : includes_of(file)) {
      if (!include.quoted) continue;
      ++checked;
      EXPECT_TRUE(modules.at(module).contains(first_folder(include.name)))
          << relative_name(file) << ":" << include.line << " includes " << include.name << ", but " << module
          << " does not use that module (lib/CMakeLists.txt)";
      EXPECT_TRUE(std::filesystem::exists(source_folder / "lib" / include.name))
          << relative_name(file) << ":" << include.line << ": " << include.name << " is not below lib/";
    }
  }
  EXPECT_GT(checked, 50);
}

TEST(IncludeRules, ModulesUseOnlyThoseDeclaredBeforeThem) {
  // CMake would accept a cycle between static libraries; the order of the data would be lost.
  std::set<std::string> seen;
  static const std::regex statement(R"(orders_module\((\w+)([^)]*)\))");
  const std::string text = read_text(source_folder / "lib/CMakeLists.txt");
  for (auto at = std::sregex_iterator(text.begin(), text.end(), statement); at != std::sregex_iterator(); ++at) {
    std::istringstream words((*at)[2].str());
    std::string word;
    bool uses = false;
    while (words >> word) {
      if (word == "USES" || word == "LIBRARIES" || word == "SOURCES") {
        uses = word == "USES";
      } else if (uses) {
        EXPECT_TRUE(seen.contains(word)) << (*at)[1] << " uses " << word << ", which is declared after it";
      }
    }
    seen.insert((*at)[1]);
  }
}

TEST(IncludeRules, OnlyTheirOwnModulesIncludeTheBigLibraries) {
  EXPECT_EQ(modules_that_include("librdkafka"), std::vector<std::string>{"kafka"});
  EXPECT_EQ(modules_that_include("rocksdb"), std::vector<std::string>{"rocks"});
  EXPECT_EQ(modules_that_include("libpqxx"), std::vector<std::string>{"database"});
  EXPECT_EQ(modules_that_include("prometheus-cpp"), std::vector<std::string>{"metrics"});
}

TEST(IncludeRules, OrderAndJoinKnowNothingOfKafka) {
  const auto modules = declared_modules();
  for (const char* pure : {"order", "join"}) {
    for (const char* forbidden : {"kafka", "database", "topology", "view", "intake", "failure"}) {
      EXPECT_FALSE(modules.at(pure).contains(forbidden)) << pure << " uses " << forbidden;
    }
  }
}

TEST(IncludeRules, TopologyViewAndIntakeDoNotKnowOneAnother) {
  const auto modules = declared_modules();
  const std::set<std::string> apart = {"topology", "view", "intake"};
  for (const auto& module : apart) {
    for (const auto& other : apart) {
      EXPECT_TRUE(module == other || !modules.at(module).contains(other)) << module << " uses " << other;
    }
  }
}

TEST(IncludeRules, PublicHeadersHideTheLibraries) {
  // A header that another folder includes is public; the two exceptions are part of every interface.
  std::set<std::string> public_headers;
  for (const char* top : {"lib", "cmd", "daemon"}) {
    for (const auto& file : files_below(top)) {
      if (!is_source(file)) continue;
      const std::string module = top == std::string("lib") ? first_folder(relative_name(file).substr(4)) : top;
      for (const auto& include : includes_of(file)) {
        if (include.quoted && first_folder(include.name) != module) public_headers.insert(include.name);
      }
    }
  }
  const std::set<std::string> allowed = {"tl-expected", "spdlog"};
  int checked = 0;
  for (const auto& name : public_headers) {
    const auto path = source_folder / "lib" / name;
    if (!std::filesystem::exists(path)) continue;
    ++checked;
    for (const auto& include : includes_of(path)) {
      const auto library = library_of(include.name);
      EXPECT_TRUE(library.empty() || (first_folder(name) == "base" && allowed.contains(library)))
          << name << ":" << include.line << " shows " << include.name << " to whoever includes it";
    }
  }
  EXPECT_GT(checked, 20);
}

TEST(IncludeRules, TheCommandLinksNothingThatOnlyTheDaemonNeeds) {
  for (const auto& file : files_below("cmd")) {
    if (!is_source(file)) continue;
    for (const auto& include : includes_of(file)) {
      const auto module = first_folder(include.name);
      EXPECT_FALSE(module == "topology" || module == "intake" || module == "view" || include.name == "api/server.h")
          << relative_name(file) << ":" << include.line << " includes " << include.name;
    }
  }
  const auto cmake = read_text(source_folder / "cmd/ordersctl/CMakeLists.txt");
  for (const char* target : {"orders_topology", "orders_intake", "orders_view", "orders_api_server", "microhttpd"}) {
    EXPECT_EQ(cmake.find(target), std::string::npos) << target;
  }
}

}  // namespace
}  // namespace orders::test
