// Tokens that are in files.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace orders::config {

/// What is in the file that `option` names, without white space around it. `invalid` where others than the owner and the
/// group may read it, where it is empty, and for what no header can carry.
[[nodiscard]] Result<std::string> read_bearer_token(const std::string& file, std::string_view option);

/// The token of api.token_file: at least 16 bytes, else `invalid`.
[[nodiscard]] Result<std::string> read_token(const std::string& file);

}  // namespace orders::config
