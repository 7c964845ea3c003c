// From file, environment and flags to a Config, with every mistake reported at once.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace orders::config {

/// One mistake. `where` is "file:line:column", "environment ORDERS_JOIN_WINDOW", "--set join.window" or "default";
/// empty when the message says it (a file that can't be read). `option` is empty when no option is meant.
struct Problem {
  std::string where;
  std::string option;
  std::string message;  ///< what was found, what was expected, the nearest valid name
  /// All of it in one line that is safe to show, whatever was found.
  [[nodiscard]] std::string text() const;
};

/// Where the effective value of an option came from, for `config show`.
enum class Origin : unsigned char { default_value, file, environment, flag };

/// The environment of this process, those names that begin with ORDERS_ (ORDERS_CONFIG excepted).
[[nodiscard]] std::vector<std::pair<std::string, std::string>> process_environment();

struct Sources {
  std::optional<std::filesystem::path> file;  ///< none: defaults, environment and flags only
  std::vector<std::string> set;               ///< "join.window=PT30S", the last one wins
  std::vector<std::pair<std::string, std::string>> environment = process_environment();  ///< tests give their own
};

struct Loaded {
  Config config;
  std::vector<std::pair<std::string, Origin>> origins;  ///< by option name, in the table's order
  std::vector<Problem> problems;                        ///< any: `config` must not be used
  std::vector<Problem> warnings;  ///< secrets that the file holds itself, though every user of the machine can read it
};

/// Precedence: flag > environment > file > default. Never throws.
[[nodiscard]] Loaded load(const Sources& sources);

/// `--config`, else $ORDERS_CONFIG, else ./ordersd.yaml, else /etc/orders/ordersd.yaml, else none.
/// A file that was named but is not there is an error.
[[nodiscard]] Result<std::optional<std::filesystem::path>> find_file(const std::string& flag);

/// The effective values as YAML in the file's own form, secrets masked as "********".
[[nodiscard]] std::string show_yaml(const Loaded& loaded);
/// The same as a JSON object {option: {value, origin}}.
[[nodiscard]] std::string show_json(const Loaded& loaded);
/// JSON Schema (draft 2020-12) of the file.
[[nodiscard]] std::string schema_json();
/// The example file with every default and every option's text: etc/ordersd.yaml is this.
[[nodiscard]] std::string example_yaml();
/// The OPTIONS section of ordersd.yaml(5), in mdoc.
[[nodiscard]] std::string manual_options();
/// Every option's name, in the table's order (completions, "did you mean").
[[nodiscard]] std::vector<std::string> option_names();

/// librdkafka properties that ordersd owns, because they would break exactly-once or load code.
/// Returns why the name is refused, or nothing when it may pass.
[[nodiscard]] std::optional<std::string> refused_property(std::string_view name);

}  // namespace orders::config
