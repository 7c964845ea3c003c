// JSON as a tree in which numbers keep their text: a price must never pass through a binary float.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace orders::intake {

struct JsonValue {
  struct Member;
  enum class Kind : std::uint8_t { null, boolean, integer, decimal, string, array, object } kind = Kind::null;
  std::string text;  ///< of a string: its content; of a number: its digits (a decimal's just as they came)
  std::vector<JsonValue> elements;  ///< of an array
  std::vector<Member> members;      ///< of an object, as they came: names may be there twice
};

struct JsonValue::Member {
  std::string name;
  JsonValue value;
};

/// `invalid` with the byte where it stops being JSON, and for more than 32 levels. Integers of more than 64 bits are
/// decimals.
[[nodiscard]] Result<JsonValue> parse_json(std::string_view text);

}  // namespace orders::intake
