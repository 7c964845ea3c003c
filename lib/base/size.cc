#include "base/size.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <utility>

namespace orders {
namespace {
constexpr std::pair<std::string_view, std::uint64_t> units[] = {
    {"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}, {"", 1}};
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
  const auto suffix = text.substr(digits.size());
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  for (const auto& [name, factor] : units) {
    if (suffix != name || digits.empty() || parsed.ec != std::errc{}) continue;
    if (value > std::numeric_limits<std::uint64_t>::max() / factor) break;
    return value * factor;
  }
  return fail(ErrorClass::invalid,
              fmt::format("'{}' is not a size: expected bytes such as 256MiB, 10KiB or 1048576", text));
}

std::string format_size(std::uint64_t bytes) {
  for (const auto& [name, factor] : units) {
    if (bytes >= factor && bytes % factor == 0) return fmt::format("{}{}", bytes / factor, name);
  }
  return "0B";
}

}  // namespace orders
