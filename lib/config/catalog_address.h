// The address of a catalog service.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orders::config {

/// Stands for the product's code in catalog.location.
inline constexpr std::string_view code_placeholder = "{code}";

/// What is wrong with catalog.location as the address of a service, said after its name; nothing for a good one. Never
/// quotes it: a password may be in it.
[[nodiscard]] std::optional<std::string> flaw_of_catalog_address(std::string_view address);

/// Of a good one.
[[nodiscard]] std::string host_of_catalog(std::string_view address);

}  // namespace orders::config
