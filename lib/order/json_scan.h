// JSON's tokens (RFC 8259) in a text that is read from front to back, each byte once. Inlined, whatever the
// compiler thinks of their size: they run for each token of each record, and only so their state is held in registers.
// `end` is the text's end; nothing is read there or behind it.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <cstdint>
#include <string_view>

namespace orders::order {

/// The highest bits of strings' bytes, or-ed: zero if all were ASCII. Bytes behind a string may be among them.
using HighBits = std::uint32_t;

inline bool is_json_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline const char* past_space(const char* at, const char* end) {
  while (at != end && is_json_space(*at)) ++at;
  return at;
}

/// Behind the escape whose backslash is at `at`; null when JSON knows no such escape. Half a surrogate pair is one.
[[nodiscard]] const char* end_of_escape(const char* at, const char* end);

/// The first quote, backslash or control character from `at` on, or `end`.
[[gnu::always_inline]] inline const char* end_of_plain_text(const char* at, const char* end, HighBits& high_bits) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {  // most names and values end in the first 16 bytes
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const auto backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const auto controls = _mm_cmpeq_epi8(bytes, _mm_min_epu8(bytes, _mm_set1_epi8(0x1F)));
    const int stops = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), controls));
    high_bits |= static_cast<HighBits>(_mm_movemask_epi8(bytes));
    if (stops != 0) return at + __builtin_ctz(static_cast<unsigned>(stops));
  }
#endif
  for (; at != end; ++at) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte == '"' || byte == '\\' || byte < 0x20) break;
    high_bits |= byte >> 7;
  }
  return at;
}

/// Behind the string whose opening quote is at `at`; null when it is none.
[[gnu::always_inline]] inline const char* end_of_string(const char* at, const char* end, HighBits& high_bits,
                                                        bool& has_escapes) {
  at = end_of_plain_text(at + 1, end, high_bits);
  while (at != end && *at != '"') {
    if (*at != '\\' || !(at = end_of_escape(at, end))) return nullptr;
    has_escapes = true;
    at = end_of_plain_text(at, end, high_bits);
  }
  return at == end ? nullptr : at + 1;
}

/// Behind the number at `at`, of any length and precision; null when there is none.
[[gnu::always_inline]] inline const char* end_of_number(const char* at, const char* end) {
  const auto skip_digits = [&] {
    const char* const first = at;
    while (at != end && is_digit(*at)) ++at;
    return at != first;
  };
  if (at != end && *at == '-') ++at;
  if (at != end && *at == '0') {
    ++at;
  } else if (!skip_digits()) {
    return nullptr;
  }
  if (at != end && *at == '.' && (++at, !skip_digits())) return nullptr;
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!skip_digits()) return nullptr;
  }
  return at;
}

inline const char* end_of_literal(const char* at, const char* end, std::string_view literal) {
  return std::string_view(at, end).starts_with(literal) ? at + literal.size() : nullptr;
}

/// Behind the number, true, false or null at `at`, which is not `end`; null when there is none. What follows is not
/// looked at.
[[gnu::always_inline]] inline const char* end_of_word(const char* at, const char* end) {
  switch (*at) {
    case 't':
      return end_of_literal(at, end, "true");
    case 'f':
      return end_of_literal(at, end, "false");
    case 'n':
      return end_of_literal(at, end, "null");
    default:
      return end_of_number(at, end);
  }
}

}  // namespace orders::order
