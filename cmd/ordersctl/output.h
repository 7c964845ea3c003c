// Standard output and standard error of a command: formats, tables, colour.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/count.h"  // whoever prints counts
#include "base/result.h"

namespace orders::ctl {

enum class Format : std::uint8_t { table, json, ndjson };

/// Colour only on a terminal, without NO_COLOR (of any value but the empty one) and not on a "dumb" one.
[[nodiscard]] bool colour_wanted(int descriptor, bool no_color_flag);

/// DEL and C1, which drive some terminals, as \u00NN. In JSON, which may have them in its strings, that is the same
/// text.
[[nodiscard]] std::string for_terminal(std::string_view text);

/// Writes all of `text` to standard output now; on a terminal, for_terminal() of it. When the reader has gone the
/// process ends as one killed by SIGPIPE does, without a word; any other failure is reported and ends it with exit code
/// 1, since the results are lost.
void write_out(std::string_view text);

/// "ordersctl: what happened" and, indented, what to do about it; several lines of either stay several lines, and
/// control characters are shown and not sent.
[[nodiscard]] std::string error_text(const Error& error, bool colour);
void report(const Error& error, bool colour);
/// A line on standard error that is no error.
void note(std::string_view line);

/// Left-aligned columns, or right-aligned where the title begins with '>'. Cells are made safe to show. Widths are
/// counted in characters, so that other alphabets line up too.
class Table {
 public:
  explicit Table(std::vector<std::string> titles);
  void add(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string text(bool colour) const;

 private:
  [[nodiscard]] std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                                 bool colour) const;
  std::vector<std::string> titles_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace orders::ctl
