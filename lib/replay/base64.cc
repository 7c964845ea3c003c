#include "replay/base64.h"

#include <cstdint>

#include "base/bytes.h"

namespace orders::replay {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '=') break;
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(digit);
    if (++digits % 4 == 0) {
      for (const int shift : {16, 8, 0}) bytes += static_cast<char>(group >> shift & 0xFF);
      group = 0;
    }
  }
  if (digits % 4 == 2) bytes += static_cast<char>(group >> 4 & 0xFF);
  if (digits % 4 == 3) {
    bytes += static_cast<char>(group >> 10 & 0xFF);
    bytes += static_cast<char>(group >> 2 & 0xFF);
  }
  // Wrong padding, bits that are left over, and padding in the middle all show here.
  if (base64(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace orders::replay
