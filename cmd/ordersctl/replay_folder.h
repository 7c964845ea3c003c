// Many captures, each with what is expected of it, as a test suite.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "ordersctl/exit_code.h"
#include "ordersctl/replay_run.h"

namespace orders::ctl {

/// Runs every NAME.ndjson of a folder, by name, against its NAME.expected.ndjson, each in the configuration NAME.yaml
/// where there is one, else in the command's. An expectation that has no capture is an error among the verdicts;
/// `not_found` where there is neither. Ends early, with what it has, after Ctrl-C.
[[nodiscard]] Result<std::vector<CaptureVerdict>> run_folder(const Context& context,
                                                             const std::filesystem::path& folder, bool update);

/// A line for each, in the format asked for, on standard output; then what went wrong, on standard error.
void print_verdicts(const Context& context, const std::vector<CaptureVerdict>& verdicts);

/// `differs` where results are not those expected; that of the first that could not be run at all goes before.
[[nodiscard]] ExitCode outcome(const std::vector<CaptureVerdict>& verdicts);

}  // namespace orders::ctl
