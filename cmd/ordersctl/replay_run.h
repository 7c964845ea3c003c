// One capture through the join in this process, and what comes out beside what is expected.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ordersctl/context.h"
#include "replay/comparison.h"
#include "replay/local.h"

namespace orders::ctl {

struct CaptureRun {
  std::string capture;  ///< "-": standard input
  std::string expect;   ///< a capture; empty: nothing is expected
  bool update = false;  ///< where the results are others, write them to `expect`
  bool print = false;   ///< the results, to standard output
};

struct CaptureResult {
  replay::LocalReport report;
  replay::DifferenceCounts counts;
  std::vector<replay::Difference> differences;  ///< the first of them
  bool updated = false;                         ///< `expect` was written
  [[nodiscard]] bool as_expected() const { return updated || counts.total() == 0; }
};

/// A capture's name and how its run ended, for reports of many.
struct CaptureVerdict {
  CaptureRun run;
  Result<CaptureResult> result;
  std::chrono::milliseconds elapsed{0};
  [[nodiscard]] bool good() const { return result && result->as_expected(); }
};

/// Fails where capture or expectation can't be read (`invalid`, with file, line and column), a record has no fate (a
/// defect), or Ctrl-C came; nothing is updated then.
[[nodiscard]] Result<CaptureResult> run_capture(const Context& context, const config::Config& config,
                                                const CaptureRun& run);

/// "the results of in.ndjson differ from expected.ndjson: 2 records differ, 1 is missing", and the differences.
[[nodiscard]] Error difference_error(const CaptureRun& run, const CaptureResult& result);

/// The identity I5, and what took no part; lines.
[[nodiscard]] std::string summary(const replay::LocalReport& report);

/// All of them as one test suite in JUnit's XML: differences are failures, anything else that went wrong is an error.
[[nodiscard]] std::string junit_xml(const std::vector<CaptureVerdict>& verdicts);

}  // namespace orders::ctl
