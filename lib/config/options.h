// The one table of options. Loader, defaults, show, schema, example and manual all come from it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace orders::config {

enum class Type : unsigned char { text, whole, decimal, duration, size, choice, properties };

/// One row. `get` gives the value as it would stand in the file; `set` takes it from there, and returns false, with
/// the Config untouched, when it isn't what `expected` says.
struct Option {
  std::string name;  ///< "join.window"
  Type type = Type::text;
  std::string text;                  ///< one line, no full stop, ASCII
  std::string expected;              ///< "a whole number from 1 to 64"
  std::vector<std::string> choices;  ///< of Type::choice
  std::string minimum;               ///< of numbers, durations and sizes, in their own notation
  std::string maximum;
  bool secret = false;      ///< never shown whole
  bool maybe_url = false;   ///< if it is one, a password in it is not shown
  bool reloadable = false;  ///< SIGHUP makes the daemon take it, or only ordersctl asks for it
  std::function<std::string(const Config&)> get;
  std::function<bool(Config&, const std::string&)> set;
};

/// A level of the file. One that is also an option (join.window) can be written as one value or as its parts.
struct Section {
  std::string name;
  std::string text;
  bool on_one_line = false;  ///< written as {initial: PT1S, …}
};

inline constexpr std::string_view properties_option = "kafka.properties";

[[nodiscard]] std::span<const Option> options();
[[nodiscard]] std::span<const Section> sections();
/// Null when there is none.
[[nodiscard]] const Option* find_option(std::string_view name);
[[nodiscard]] const Section* find_section(std::string_view name);

/// "join.window.before" is a part of the option "join.window".
[[nodiscard]] bool is_part_of(std::string_view name, std::string_view whole);
[[nodiscard]] bool is_part(const Option& option);
/// Whether a password may be in this value of it.
[[nodiscard]] bool is_address(const Option& option, std::string_view value);
[[nodiscard]] std::string_view parent_of(std::string_view name);  ///< "join.window" of "join.window.before"
[[nodiscard]] std::string_view leaf_of(std::string_view name);    ///< "before"

}  // namespace orders::config
