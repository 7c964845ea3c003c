// What is another now than it was, when the configuration is read while the daemon runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace orders::config {

/// The options whose values differ, in the table's order: one that has parts as a whole (join.window), librdkafka's
/// properties one by one (kafka.properties.linger.ms). A secret from a file counts with what its file holds; the names
/// are all that is told.
[[nodiscard]] std::vector<std::string> difference(const Config& one, const Config& other);

/// Whether it can change while the daemon runs (Option::reloadable).
[[nodiscard]] bool is_reloadable(std::string_view name);

/// Sets all such options in `to` to what they are in `from`.
void take_reloadable(Config& to, const Config& from);

}  // namespace orders::config
