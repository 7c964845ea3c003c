// The exit codes, which scripts depend on, and the one place that maps errors to them.
#pragma once

#include "base/result.h"

namespace orders::ctl {

enum class ExitCode : int {
  done = 0,
  failed = 1,
  usage = 2,  ///< wrong use or wrong configuration
  not_found = 3,
  unreachable = 4,  ///< broker, database or daemon
  refused = 5,      ///< needs --execute, or the application is still running
  differs = 6,      ///< the results differ from what was expected
};

[[nodiscard]] ExitCode exit_code(ErrorClass error_class);

}  // namespace orders::ctl
