// The schema, version by version.
#pragma once

#include <span>

namespace orders::database {

/// Never changed once released; a new version is added at the end. Versions count from 1 without gaps.
struct Migration {
  int version;
  const char* name;
  const char* sql;
};

[[nodiscard]] std::span<const Migration> migrations();
/// The last version: what this program needs.
[[nodiscard]] int needed_version();

}  // namespace orders::database
