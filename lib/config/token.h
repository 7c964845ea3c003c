// The token of api.token_file.
#pragma once

#include <string>

#include "base/result.h"

namespace orders::config {

/// What is in the file, without white space around it. `invalid` where others than the owner and the group may read the
/// file, and for what no header can carry or is shorter than 16 bytes.
[[nodiscard]] Result<std::string> read_token(const std::string& file);

}  // namespace orders::config
