// Fixed-width integers in byte strings, and text that is safe to show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orders {

void append_be32(std::string& out, std::uint32_t value);
void append_be64(std::string& out, std::uint64_t value);
[[nodiscard]] std::uint32_t load_be32(const char* bytes);
[[nodiscard]] std::uint64_t load_be64(const char* bytes);

/// Control characters and bytes that are not UTF-8 as \xNN, cut to `limit` bytes with "…": for logs and errors.
[[nodiscard]] std::string printable(std::string_view bytes, std::size_t limit = 200);

/// RFC 4648, with padding.
[[nodiscard]] std::string base64(std::string_view bytes);
/// Nothing for anything but what base64() makes.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// RFC 3986: all but letters, digits and "-._~" as %NN.
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// Length of the UTF-8 sequence that `text`, which is not empty, begins with; 0 when it is not one (overlong forms and
/// surrogates included).
[[nodiscard]] std::size_t utf8_length(std::string_view text);

/// Of one character in UTF-8: C0, DEL, and C1 (U+0080 to U+009F), by which terminals can be driven as well.
[[nodiscard]] bool is_control(std::string_view character);

/// With the letters A to Z as a to z; nothing else changes.
[[nodiscard]] std::string lower_case(std::string_view text);

/// Takes the text up to `separator` (or all of it) off the front, and the separator too.
[[nodiscard]] std::string_view take_until(std::string_view& text, char separator);

/// A whole decimal number in canonical form (no sign but '-', no leading zeros), else nothing.
[[nodiscard]] std::optional<std::int64_t> parse_int64(std::string_view text);

/// FNV-1a, 64 bits: the same on every machine and for ever, but nothing that resists an attacker.
[[nodiscard]] std::uint64_t fnv1a(std::string_view bytes);

/// The candidate closest to `word` by edit distance, empty when none is near: for "did you mean".
template <class Range>
[[nodiscard]] std::string_view nearest(std::string_view word, const Range& candidates);

[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string_view nearest(std::string_view word, const Range& candidates) {
  std::string_view best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (std::string_view candidate : candidates) {
    if (auto distance = edit_distance(word, candidate); distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace orders
