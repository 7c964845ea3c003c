// One code a line; '#' at its start or after a blank begins a comment.
#pragma once

#include <memory>
#include <string>

#include "catalog/catalog.h"

namespace orders::catalog {

/// Reads it once.
[[nodiscard]] Result<std::unique_ptr<Catalog>> open_file(const std::string& path);

}  // namespace orders::catalog
