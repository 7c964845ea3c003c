// Capture files: a record a line, as JSON (ordersctl(1), "Capture files").
#pragma once

#include <array>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "replay/record.h"

namespace orders::replay {

/// Reads a capture, a line at a time. Empty lines are skipped. Keys are turned into the bytes of `key_format`.
class CaptureReader {
 public:
  /// `in` must outlive it. `name` stands in errors.
  CaptureReader(std::istream& in, std::string name, config::KeyFormat key_format);

  /// The next record; none at the end. Fails with `invalid` and file:line:column for what is no line of a capture:
  /// not JSON, a member that is unknown, missing or there twice. Columns count characters. Members that have a second
  /// form (value, value_base64) must be there in one of the two.
  [[nodiscard]] Result<std::optional<Record>> next();

  /// Passes over what stands up to and with `line`, whatever it is. `invalid` when there are not that many lines.
  [[nodiscard]] Result<> skip_to(std::int64_t line);

  /// Of the last record, from 1.
  [[nodiscard]] std::int64_t line() const { return line_; }
  /// An error at that record's member, or at its line when it has none of that name.
  [[nodiscard]] Error mistake(std::string_view member, std::string message, std::string hint = {}) const;

 private:
  static constexpr std::size_t members_ = 8;

  [[nodiscard]] Result<Record> parse();
  [[nodiscard]] Error mistake_at(std::size_t at, std::string message, std::string hint = {}) const;

  std::istream& in_;
  std::string name_;
  config::KeyFormat key_format_;
  std::int64_t line_ = 0;
  std::string text_;                                        ///< of the line
  std::array<std::optional<std::size_t>, members_> found_;  ///< where each member's value begins in it
};

/// Appends the record as a line, '\n' included: the inverse of the reader. `offset` is left out when there is none.
void append_line(std::string& out, const Record& record, config::KeyFormat key_format);

}  // namespace orders::replay
