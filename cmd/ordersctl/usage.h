// Wrong use of the command line, told with the nearest valid name.
#pragma once

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace orders::ctl {

/// The command that the parse has come to: "ordersctl order get" for its full_name().
[[nodiscard]] CLI::App& deepest(CLI::App& app);
[[nodiscard]] std::string full_name(const CLI::App& command);

/// Where the manual has this command: "ordersctl-order(1)" for those of a group, or for a verb, with a page of
/// its own.
[[nodiscard]] std::string manual_page(const CLI::App& command);

/// What was wrong; `app` has just thrown `error`, or parsed up to a group without a verb (no `error`).
[[nodiscard]] Error usage_error(CLI::App& app, const CLI::ParseError* error);

}  // namespace orders::ctl
