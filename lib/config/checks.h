// What can only be seen in several options together.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/loader.h"

namespace orders::config {

/// Adds a problem for each contradiction. It stands at the place of the first of the options concerned that was given
/// at all (`places`, by name); a contradiction with an option that is wrong by itself (`wrong`) is not reported.
void check_together(const Config& config, const std::map<std::string, std::string>& places,
                    const std::set<std::string>& wrong, std::vector<Problem>& problems);

}  // namespace orders::config
