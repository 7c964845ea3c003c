// Something shown again and again, until Ctrl-C.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "ordersctl/context.h"
#include "ordersctl/exit_code.h"

namespace orders::ctl {

struct WatchOptions {
  bool on = false;
  Milliseconds interval{2'000};
  std::int64_t count = 0;  ///< 0: until Ctrl-C
};
/// --watch, --interval, --count.
void add_watch(CLI::App& command, WatchOptions& options);

/// `invalid` for options that do not go together, json among them: what is shown again and again is no one document.
[[nodiscard]] Result<> check_watch(const Context& context, const WatchOptions& options);

/// Shows what `frame` makes at once and then at every interval: as a table on a terminal, in its place; else one block
/// behind the other (ndjson: lines). Ctrl-C, SIGTERM and the count end it with `done`. An error of the first frame is
/// returned; later ones are shown, for what is away may come back. Colour and format are the frame's own business.
[[nodiscard]] Result<ExitCode> watch(const Context& context, const WatchOptions& options,
                                     const std::function<Result<std::string>()>& frame);

/// What redraws a terminal of `rows` lines with `text`: each line in the place of the one before, the rest cleared,
/// what does not fit left out.
[[nodiscard]] std::string screen_of(std::string_view text, std::size_t rows);

}  // namespace orders::ctl
