// Numbers for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace orders {

/// "12,345"
[[nodiscard]] std::string grouped(std::uint64_t number);
/// "1 order", "2 orders"
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural = {});

}  // namespace orders
