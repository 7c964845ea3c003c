// What else JSON's grammar (RFC 8259) asks of a token, and what a string's escapes mean.
#pragma once

#include <string>
#include <string_view>

namespace orders::order {

/// A whole JSON number, of any length and precision.
[[nodiscard]] bool is_json_number(std::string_view text);
/// A JSON number without fraction and exponent. `text` is known to be a JSON number.
[[nodiscard]] bool is_json_integer(std::string_view text);
/// Every backslash of a string's body begins an escape. A lone surrogate passes, as the grammar has it.
[[nodiscard]] bool has_valid_escapes(std::string_view body);
/// Appends the text that a string's body stands for. Its escapes are known to be valid. False for half a surrogate
/// pair, which no UTF-8 can hold; what was appended then is of no use.
[[nodiscard]] bool append_unescaped(std::string_view body, std::string& out);

}  // namespace orders::order
