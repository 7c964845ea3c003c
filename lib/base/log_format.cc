#include "base/log_format.h"

#include <array>
#include <utility>

namespace orders {
namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> levels{{{"trace", LogLevel::trace},
                                                                       {"debug", LogLevel::debug},
                                                                       {"info", LogLevel::info},
                                                                       {"warn", LogLevel::warn},
                                                                       {"error", LogLevel::error}}};

}  // namespace

std::string_view to_string(LogLevel level) {
  for (const auto& [name, value] : levels) {
    if (value == level) return name;
  }
  return "?";
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (const auto& [name, value] : levels) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace orders
