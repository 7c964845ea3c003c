// Two status documents, one after the other, as a live screen.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace orders::ctl {

/// State, workers, fates, views and new orders with what happened a second since `before`, which came `elapsed`
/// earlier; without rates where `before` is empty, or of another run of the daemon (its counters began anew). No line is
/// wider than 80 columns.
[[nodiscard]] std::string status_screen(std::string_view before, std::string_view now, Milliseconds elapsed,
                                        bool colour);

}  // namespace orders::ctl
