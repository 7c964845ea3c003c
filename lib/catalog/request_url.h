// Where a code is asked for.
#pragma once

#include <string>
#include <string_view>

namespace orders::catalog {

/// `location`, which has no flaw (config/catalog_address.h), with the code percent-encoded in place of {code}; without
/// that behind its path, as a segment of its own.
[[nodiscard]] std::string request_url(std::string_view location, std::string_view code);

}  // namespace orders::catalog
