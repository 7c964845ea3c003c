// Standard input of commands that Ctrl-C stops cleanly.
#pragma once

#include <istream>

namespace orders::ctl {

/// Ends where the input does, or with a stop (stop.h), also one that comes just before a read that would wait for ever:
/// who meets the end asks stop_requested(). One for the process; for one thread.
[[nodiscard]] std::istream& standard_input();

}  // namespace orders::ctl
