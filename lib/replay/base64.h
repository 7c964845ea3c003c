// Base64 (RFC 4648, with padding).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orders::replay {

[[nodiscard]] std::string encode_base64(std::string_view bytes);
/// Nothing for anything but what encode_base64() makes.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace orders::replay
