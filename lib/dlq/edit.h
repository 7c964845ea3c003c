// A value through a shell command.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace orders::dlq {

/// What `command`, run by /bin/sh, makes of `value` on its standard input; its standard error is ours. A line end that
/// it adds behind the last line is taken off. `record` when it fails (another exit code than 0, a signal, nothing
/// written) or has not ended after `timeout`; then it is killed, with what it has started. Ctrl-C does not reach it.
/// SIGPIPE must be ignored in this process.
[[nodiscard]] Result<std::string> edited(const std::string& command, std::string_view value, Milliseconds timeout);

}  // namespace orders::dlq
