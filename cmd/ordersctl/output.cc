#include "ordersctl/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/bytes.h"
#include "ordersctl/exit_code.h"

namespace orders::ctl {
namespace {

constexpr std::string_view bold = "\033[1m", red = "\033[31m", green = "\033[32m", yellow = "\033[33m",
                           plain = "\033[0m";

/// Safe to show, line by line.
std::string printable_lines(std::string_view text) {
  std::string out;
  for (;;) {
    const auto end = text.find('\n');
    out += printable(text.substr(0, end), std::string_view::npos);
    if (end == std::string_view::npos) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

/// Words that stand for good, bad and in between in every table.
std::string_view colour_of(std::string_view word) {
  for (std::string_view good : {"CONFIRMED", "ACCEPT", "ok", "running", "current", "created"}) {
    if (word == good) return green;
  }
  for (std::string_view bad : {"REJECTED", "error", "stopped", "refused", "too old", "too new"}) {
    if (word == bad) return red;
  }
  for (std::string_view between :
       {"ROLLBACK", "REJECT", "warn", "degraded", "starting", "rebuilding", "rebalancing", "catching_up", "none"}) {
    if (word == between) return yellow;
  }
  return {};
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!text.empty() && descriptor == STDOUT_FILENO) {
    const int why = errno;
    if (why == EPIPE) {
      std::signal(SIGPIPE, SIG_DFL);
      std::raise(SIGPIPE);
    }
    write_all(STDERR_FILENO, fmt::format("ordersctl: standard output can't be written: {}\n", std::strerror(why)));
    std::_Exit(static_cast<int>(ExitCode::failed));
  }
}

}  // namespace

bool colour_wanted(int descriptor, bool no_color_flag) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return !no_color_flag && (no_color == nullptr || *no_color == '\0') &&
         (terminal == nullptr || std::strcmp(terminal, "dumb") != 0) && ::isatty(descriptor) == 1;
}

std::string for_terminal(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto character = text.substr(0, std::max<std::size_t>(utf8_length(text), 1));
    const auto last = static_cast<unsigned char>(character.back());
    const bool drives = is_control(character) && last >= 0x7F;  // C0 is ours: line ends and colours
    if (drives) out += fmt::format("\\u{:04x}", last);
    if (!drives) out += character;
    text.remove_prefix(character.size());
  }
  return out;
}

void write_out(std::string_view text) {
  if (::isatty(STDOUT_FILENO) == 1) {
    write_all(STDOUT_FILENO, for_terminal(text));
  } else {
    write_all(STDOUT_FILENO, text);
  }
}

std::string error_text(const Error& error, bool colour) {
  const auto message = printable_lines(error.message);
  std::string text = colour ? fmt::format("ordersctl: {}{}{}\n", red, message, plain)
                            : fmt::format("ordersctl: {}\n", message);
  const auto hint = printable_lines(error.hint);
  for (std::size_t at = 0; !hint.empty() && at != std::string::npos;) {
    const auto end = hint.find('\n', at);
    text += fmt::format("  {}\n", hint.substr(at, end == std::string::npos ? end : end - at));
    at = end == std::string::npos ? end : end + 1;
  }
  return text;
}

void report(const Error& error, bool colour) { write_all(STDERR_FILENO, error_text(error, colour)); }

void note(std::string_view line) { write_all(STDERR_FILENO, fmt::format("{}\n", printable_lines(line))); }

Table::Table(std::vector<std::string> titles) : titles_(std::move(titles)) {
  for (auto& title : titles_) {
    right_.push_back(title.starts_with('>'));
    if (right_.back()) title.erase(0, 1);
  }
}

void Table::add(std::vector<std::string> cells) {
  cells.resize(titles_.size());
  for (auto& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                        bool colour) const {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths[i] - characters(cells[i]), ' ');
    const auto paint = colour ? colour_of(cells[i]) : std::string_view{};
    if (i > 0) text += "  ";
    if (right_[i]) text += padding;
    text += fmt::format("{}{}{}", paint, cells[i], paint.empty() ? "" : plain);
    if (!right_[i]) text += padding;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

std::string Table::text(bool colour) const {
  std::vector<std::size_t> widths;
  for (const auto& title : titles_) widths.push_back(characters(title));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], characters(row[i]));
  }
  std::string text = line(titles_, widths, false);
  if (colour) text = fmt::format("{}{}{}", bold, text, plain);
  for (const auto& row : rows_) text += line(row, widths, colour);
  return text;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural) {
  if (number == 1) return fmt::format("1 {}", singular);
  return plural.empty() ? fmt::format("{} {}s", grouped(number), singular)
                        : fmt::format("{} {}", grouped(number), plural);
}

}  // namespace orders::ctl
