// The parts of JSON's grammar (RFC 8259) that are checked by hand.
#pragma once

#include <string_view>

namespace orders::order {

/// A whole JSON number, of any length and precision.
[[nodiscard]] bool is_json_number(std::string_view text);
/// A JSON number without fraction and exponent. `text` is known to be a JSON number.
[[nodiscard]] bool is_json_integer(std::string_view text);
/// Every backslash of a string's body begins an escape. A lone surrogate passes, as the grammar has it.
[[nodiscard]] bool has_valid_escapes(std::string_view body);

}  // namespace orders::order
