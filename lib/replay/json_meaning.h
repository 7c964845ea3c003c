// Whether two JSON texts say the same.
#pragma once

#include <string_view>

namespace orders::replay {

/// Space, the order of members, the form of numbers (24.90 and 24.9) and of strings make no difference; neither does a
/// member that is null or not there. False for what is no JSON, or nests deeper than 100 levels.
[[nodiscard]] bool same_meaning(std::string_view a, std::string_view b);

}  // namespace orders::replay
