// JSON read from left to right, checked to the last byte, its values as they stand. For lines of a capture file: what
// is wrong is told with its place, and nothing is changed that belongs to a record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/function_ref.h"

namespace orders::replay {

/// One text, which must outlive it. Methods that return bool say whether to go on; where they return false, `mistake`
/// and `mistake_at` say why not, and nothing more may be read.
class JsonText {
 public:
  explicit JsonText(std::string_view text) : text_(text) {}

  /// An object: `on_member` is called before each value, and reads it.
  bool object(FunctionRef<bool(std::string_view name)> on_member);
  /// An array: `on_element` is called before each value, and reads it.
  bool array(FunctionRef<bool()> on_element);
  /// Any value; `raw` is its text, without the space around it.
  bool value(std::string_view& raw);
  bool string(std::string& decoded);
  bool integer(std::int64_t& number);
  /// Nothing but space may follow.
  bool end();

  /// The next value's first character, without taking it: '{', '"', 'n', …; 0 at the end.
  [[nodiscard]] char peek();
  /// Takes `null`, if that comes next.
  bool take_null();

  /// Where the next value begins.
  [[nodiscard]] std::size_t at();
  /// Where the name of the last member that was read begins.
  [[nodiscard]] std::size_t member_at() const { return member_at_; }
  /// Always false.
  bool refuse(std::size_t at, std::string message);
  [[nodiscard]] const std::string& mistake() const { return mistake_; }
  [[nodiscard]] std::size_t mistake_at() const { return mistake_at_; }

 private:
  void skip_space();
  bool expect(char c, std::string_view what);
  bool raw_string(std::string_view& raw);
  bool scalar();
  bool member_name();
  bool next_in(std::string& open);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t member_at_ = 0;
  std::string mistake_;
  std::size_t mistake_at_ = 0;
};

/// Valid JSON, and nothing around it.
[[nodiscard]] bool is_bare_json(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);
/// Appends UTF-8 text as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

}  // namespace orders::replay
