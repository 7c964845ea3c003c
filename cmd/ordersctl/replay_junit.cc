#include <fmt/format.h>

#include <filesystem>

#include "base/bytes.h"
#include "base/markup.h"
#include "ordersctl/output.h"
#include "ordersctl/replay_run.h"

namespace orders::ctl {
namespace {

/// A <failure> or an <error>; its message is the first line.
std::string problem(std::string_view element, const Error& error) {
  constexpr std::string_view program = "ordersctl: ";
  const auto text = error_text(error, false).substr(program.size());
  return fmt::format("    <{0} message=\"{1}\">{2}</{0}>\n", element, markup(text.substr(0, text.find('\n'))),
                     markup(text));
}

std::string seconds(std::chrono::milliseconds elapsed) {
  return fmt::format("{:.3f}", static_cast<double>(elapsed.count()) / 1'000);
}

std::string test_case(const CaptureVerdict& verdict) {
  const auto path = std::filesystem::path(verdict.run.capture);
  const auto folder = path.has_parent_path() ? path.parent_path().string() : std::string(".");
  const auto name = verdict.run.capture == "-" ? std::string("standard input") : path.stem().string();
  const auto begin =
      fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"{}\"", markup(printable(folder, 4'096)),
                  markup(printable(name, 4'096)), seconds(verdict.elapsed));
  if (verdict.good()) return begin + "/>\n";
  const auto what = verdict.result ? problem("failure", difference_error(verdict.run, *verdict.result))
                                   : problem("error", verdict.result.error());
  return begin + ">\n" + what + "  </testcase>\n";
}

}  // namespace

std::string junit_xml(const std::vector<CaptureVerdict>& verdicts) {
  std::size_t failures = 0, errors = 0;
  std::chrono::milliseconds elapsed{0};
  std::string cases;
  for (const auto& verdict : verdicts) {
    if (!verdict.good()) ++(verdict.result ? failures : errors);
    elapsed += verdict.elapsed;
    cases += test_case(verdict);
  }
  const auto totals = fmt::format(R"(tests="{}" failures="{}" errors="{}" time="{}")", verdicts.size(), failures,
                                  errors, seconds(elapsed));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n <testsuite name=\"ordersctl replay local\" {0}>\n"
      "{1} </testsuite>\n</testsuites>\n",
      totals, cases);
}

}  // namespace orders::ctl
