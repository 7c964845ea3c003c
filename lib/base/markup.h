// Text in HTML and XML.
#pragma once

#include <string>
#include <string_view>

namespace orders {

/// `text` as it must stand there, in an attribute's quotes too.
[[nodiscard]] std::string markup(std::string_view text);

}  // namespace orders
