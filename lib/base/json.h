// Whether a text is JSON, for what is passed on byte for byte.
#pragma once

#include <string_view>

namespace orders {

/// One JSON value in UTF-8 (RFC 8259), with white space around it at the most.
[[nodiscard]] bool is_json(std::string_view text);

}  // namespace orders
