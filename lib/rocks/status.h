// RocksDB's statuses as our error classes.
#pragma once

#include <rocksdb/status.h>

#include <filesystem>

#include "base/result.h"

namespace orders::rocks {

/// `status` must not be ok. `what` was tried on the store at `path`.
[[nodiscard]] Error to_error(const rocksdb::Status& status, std::string_view what, const std::filesystem::path& path);
/// The same for an error of the operating system (errno's value).
[[nodiscard]] Error to_error(int errno_value, std::string_view what, const std::filesystem::path& path);

}  // namespace orders::rocks
