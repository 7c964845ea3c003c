// Loads a configuration that is written in the test.
#pragma once

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "../../support/temp_folder.h"
#include "config/loader.h"

namespace orders::config {

using Environment = std::vector<std::pair<std::string, std::string>>;
using Texts = std::vector<std::string>;

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// For its owner only.
inline void write_secret(const std::filesystem::path& path, const std::string& text) {
  write_text(path, text);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

inline Loaded load_text(const std::string& yaml, std::vector<std::string> set = {}, Environment environment = {}) {
  const test::TempFolder folder("config");
  write_text(folder / "ordersd.yaml", yaml);
  auto loaded = load({folder / "ordersd.yaml", std::move(set), std::move(environment)});
  for (auto& problem : loaded.problems) {  // the folder's name is different every time
    const auto at = problem.where.find(folder.path().string() + "/");
    if (at == 0) problem.where.erase(0, folder.path().string().size() + 1);
  }
  return loaded;
}

inline Loaded load_flags(std::vector<std::string> set, Environment environment = {}) {
  return load({std::nullopt, std::move(set), std::move(environment)});
}

inline Texts texts(const Loaded& loaded) {
  Texts texts;
  for (const auto& problem : loaded.problems) texts.push_back(problem.text());
  return texts;
}

inline Texts problems_of(const std::string& yaml) { return texts(load_text(yaml)); }

}  // namespace orders::config
