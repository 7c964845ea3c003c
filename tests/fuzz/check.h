// What the fuzz targets share: each is one *_fuzz.cc with a parser of hostile input and the properties that it asserts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"

/// Ends the process where `holds` is false, in every build: libFuzzer keeps the input.
#define FUZZ_CHECK(holds)                                                                    \
  do {                                                                                       \
    if (!(holds)) {                                                                          \
      std::fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #holds);   \
      std::abort();                                                                          \
    }                                                                                        \
  } while (false)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace orders::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes the text up to `end`, or all of it, off the front.
inline std::string_view take(std::string_view& text, char end) {
  const auto at = text.find(end);
  const auto front = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return front;
}

/// Nothing that a terminal or a log could take for more than text.
inline bool can_be_shown(const std::string& text) { return printable(text, std::string::npos) == text; }

}  // namespace orders::fuzz
