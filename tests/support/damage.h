// Damage to files, as a disk does it.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace orders::test {

/// The files of a folder whose names have `part` in them.
[[nodiscard]] inline std::vector<std::filesystem::path> files_like(const std::filesystem::path& folder,
                                                                   std::string_view part) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().find(part) != std::string::npos) files.push_back(entry.path());
  }
  return files;
}

/// One bit of the byte at `percent` of the file.
inline void flip_bit(const std::filesystem::path& path, unsigned percent = 50) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto at = static_cast<std::streamoff>(std::filesystem::file_size(path) * percent / 100);
  file.seekg(at);
  const int byte = file.get();
  file.seekp(at);
  file.put(static_cast<char>(byte ^ 0x10));
  if (!file) throw std::runtime_error("can't change " + path.string());
}

/// The same in every file of rows in a store's folder; their number.
inline std::size_t flip_bits_of_rows(const std::filesystem::path& folder, unsigned percent = 50) {
  const auto files = files_like(folder, ".sst");
  for (const auto& file : files) flip_bit(file, percent);
  return files.size();
}

}  // namespace orders::test
