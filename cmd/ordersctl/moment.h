// Options that are points in time.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

#include "base/time.h"

namespace orders::ctl {

/// As base/moment.h reads it. `target` must outlive the parse.
CLI::Option* add_moment(CLI::App& command, const std::string& name, std::optional<Timestamp>& target,
                        const std::string& description);

}  // namespace orders::ctl
