// What GET /metrics says, as values by their series.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "support/daemon.h"

namespace orders::test {

/// By the series as it stands in the text: `name`, or `name{label="value"}`.
using Samples = std::map<std::string, double>;

/// Of Prometheus' text format. A failure of the test where a series stands twice.
[[nodiscard]] Samples parse_exposition(const std::string& text);

/// The daemon's, now; nothing while it does not answer.
[[nodiscard]] std::optional<Samples> scrape(const Daemon& daemon);

/// -1 for a series that is not there, and for a daemon that does not answer.
[[nodiscard]] double sample(const Daemon& daemon, const std::string& series);

}  // namespace orders::test
