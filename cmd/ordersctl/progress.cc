#include "ordersctl/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "ordersctl/output.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

std::string time_left(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds + 0.999);
  if (whole < 60) return fmt::format("{} s left", whole);
  if (whole < 3'600) return fmt::format("{} min {} s left", whole / 60, whole % 60);
  return fmt::format("{} h {} min left", whole / 3'600, whole / 60 % 60);
}

}  // namespace

std::string progress_text(std::string_view what, std::uint64_t done, std::optional<std::uint64_t> total,
                          std::chrono::milliseconds elapsed) {
  std::string text = total ? fmt::format("{} of {} {}", grouped(done), grouped(*total), what)
                           : fmt::format("{} {}", grouped(done), what);
  if (total && *total > 0) text += fmt::format("  {} %", done * 100 / *total);
  const double seconds = static_cast<double>(elapsed.count()) / 1'000;
  if (done == 0 || seconds <= 0) return text;
  const double rate = static_cast<double>(done) / seconds;
  text +=
      rate < 10 ? fmt::format("  {:.1f}/s", rate) : fmt::format("  {}/s", grouped(static_cast<std::uint64_t>(rate)));
  if (total && *total > done) text += "  " + time_left(static_cast<double>(*total - done) / rate);
  return text;
}

std::string progress_bar(std::uint64_t done, std::uint64_t total, std::size_t width) {
  const auto full = total == 0 ? width : static_cast<std::size_t>(std::min(done, total) * width / total);
  return fmt::format("[{}{}]", std::string(full, '#'), std::string(width - full, ' '));
}

Progress::Progress(std::string what, std::optional<std::uint64_t> total, bool quiet)
    : what_(std::move(what)),
      total_(total),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_(start_) {}

Progress::~Progress() { clear(); }

void Progress::update(std::uint64_t done) {
  const auto now = Clock::now();
  if (quiet_ || now - last_ < (terminal_ ? Clock::duration(100ms) : Clock::duration(10s))) return;
  last_ = now;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - start_);
  const auto text = progress_text(what_, done, total_, elapsed);
  if (!terminal_) return note(text);
  const auto bar = total_ ? progress_bar(done, *total_, 24) + " " : std::string{};
  std::fputs(fmt::format("\r\033[K{}{}", bar, text).c_str(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace orders::ctl
