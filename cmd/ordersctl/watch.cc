#include "ordersctl/watch.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ordersctl/arguments.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

constexpr Milliseconds shortest{100};
constexpr std::size_t usual_rows = 24;

std::size_t terminal_rows() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : usual_rows;
}

/// Where the frames go.
class Display {
 public:
  explicit Display(const Context& context)
      : lines_(context.format() == Format::ndjson),
        terminal_(context.format() == Format::table && ::isatty(STDOUT_FILENO) == 1) {
    // The other screen, so that the one before is there again afterwards; no cursor, no second line for a long one.
    if (terminal_) write_out("\033[?1049h\033[?25l\033[?7l");
  }
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;
  ~Display() {
    if (terminal_) write_out("\033[?7h\033[?25h\033[?1049l");
  }

  void show(const std::string& text) {
    if (terminal_) return write_out(screen_of(text, terminal_rows()));
    write_out(lines_ || first_ ? text : "\n" + text);
    first_ = false;
  }
  void show(const Error& error) {
    if (terminal_) return write_out(screen_of(error_text(error, false), terminal_rows()));
    report(error, false);
  }

 private:
  bool lines_;
  bool terminal_;
  bool first_ = true;
};

}  // namespace

void add_watch(CLI::App& command, WatchOptions& options) {
  auto* watch = command.add_flag("--watch", options.on, "Show it again and again, until Ctrl-C");
  add_duration(command, "--interval", options.interval, "Between two looks. Default: PT2S");
  add_integer(command, "--count", options.count, "With --watch: end after so many looks", 1)->needs(watch);
}

Result<> check_watch(const Context& context, const WatchOptions& options) {
  if (!options.on) return {};
  if (options.interval < shortest) {
    return fail(ErrorClass::invalid, fmt::format("--interval {} is too short: at least {}",
                                                 format_duration(options.interval), format_duration(shortest)));
  }
  if (context.format() != Format::json) return {};
  return fail(ErrorClass::invalid, "--watch does not go with --output json, which is one document",
              "--output ndjson prints a line for each look");
}

Result<ExitCode> watch(const Context& context, const WatchOptions& options,
                       const std::function<Result<std::string>()>& frame) {
  catch_stop_signals();
  auto text = frame();
  if (!text) return fail(std::move(text.error()));
  Display display(context);
  for (std::int64_t shown = 1;; ++shown) {
    if (text) {
      display.show(*text);
    } else if (!stop_requested()) {
      display.show(text.error());
    }
    if (shown == options.count || !sleep_unless_stopped(options.interval)) return ExitCode::done;
    text = frame();
  }
}

std::string screen_of(std::string_view text, std::size_t rows) {
  std::string screen = "\033[H";
  for (std::size_t row = 0; row < rows && !text.empty(); ++row) {
    if (row > 0) screen += "\r\n";
    screen.append(take_until(text, '\n')).append("\033[K");
  }
  return screen + "\033[J";
}

}  // namespace orders::ctl
