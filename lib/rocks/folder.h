// A store's folder, before there is a store in it.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace orders::rocks {

/// Creates the folder and what is missing above it, each for the owner and the group only.
[[nodiscard]] Result<> create_folders(const std::filesystem::path& path);

/// `gap` for a folder with something in it that is no store: RocksDB would make a new store among the ruins of one that
/// has lost its CURRENT, or among anything else.
[[nodiscard]] Result<> check_content(const std::filesystem::path& path);

/// Writes a MiB into the folder and takes it away again. `wait`, with the reason, while that is not possible: a full or
/// read-only disk.
[[nodiscard]] Result<> check_writable(const std::filesystem::path& folder);

}  // namespace orders::rocks
