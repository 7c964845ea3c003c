// Base64 (RFC 4648, with padding), read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orders::replay {

/// Nothing for anything but what base64() of base/bytes.h makes.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace orders::replay
