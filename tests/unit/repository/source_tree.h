// The source tree as text, for the tests that check its rules.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace orders::test {

inline const std::filesystem::path source_folder = SOURCE_DIR;

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Files below a folder of the tree, sorted; without the build folder and what hides behind a dot.
inline std::vector<std::filesystem::path> files_below(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  const auto top = source_folder / folder;
  if (!std::filesystem::exists(top)) return files;
  for (auto at = std::filesystem::recursive_directory_iterator(top); at != std::filesystem::end(at); ++at) {
    const auto name = at->path().filename().string();
    if (at->is_directory() && (name == "build" || name.starts_with("."))) {
      at.disable_recursion_pending();
    } else if (at->is_regular_file()) {
      files.push_back(at->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline bool is_source(const std::filesystem::path& path) {
  return path.extension() == ".cc" || path.extension() == ".h";
}
inline bool is_header(const std::filesystem::path& path) { return path.extension() == ".h"; }
inline std::string relative_name(const std::filesystem::path& path) {
  return std::filesystem::relative(path, source_folder).string();
}

struct Include {
  std::string name;
  bool quoted = false;
  int line = 0;
};

inline std::vector<Include> includes_of(const std::filesystem::path& path) {
  static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> includes;
  std::istringstream text(read_text(path));
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    std::smatch match;
    if (std::regex_search(line, match, pattern)) includes.push_back({match[2], match[1] == "\"", number});
  }
  return includes;
}

/// "a/b.h" -> "a"; empty for a name without a folder.
inline std::string first_folder(const std::string& include) {
  const auto slash = include.find('/');
  return slash == std::string::npos ? "" : include.substr(0, slash);
}

}  // namespace orders::test
