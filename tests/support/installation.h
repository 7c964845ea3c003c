// This build, installed.
#pragma once

#include <filesystem>
#include <string>

#include "support/process.h"

namespace orders::test {

/// `cmake --install` with this prefix; below `destination` (DESTDIR) if there is one.
[[nodiscard]] Output install(const std::string& prefix, const std::filesystem::path& destination = {});

}  // namespace orders::test
