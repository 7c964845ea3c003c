// --status, --customer, --source, --since and --offline of the `state` commands.
#pragma once

#include <CLI/CLI.hpp>

#include "table/filter.h"

namespace orders::ctl {

/// `filter` must outlive the parse.
void add_filter(CLI::App& command, table::Filter& filter);
void add_offline(CLI::App& command, bool& offline);

}  // namespace orders::ctl
