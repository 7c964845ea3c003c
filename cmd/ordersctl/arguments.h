// Options of the kinds that several commands have. Wrong values are errors of the parse, with exit code 2.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "ordersctl/app.h"

namespace orders::ctl {

/// A whole decimal number; CLI11's own parse would take "0x10" and "010" for others.
CLI::Option* add_integer(CLI::App& command, const std::string& name, std::int64_t& target,
                         const std::string& description, std::int64_t least,
                         std::int64_t most = std::numeric_limits<std::int64_t>::max());
/// The same; the option may be repeated.
CLI::Option* add_integers(CLI::App& command, const std::string& name, std::vector<std::int64_t>& target,
                          const std::string& description, std::int64_t least,
                          std::int64_t most = std::numeric_limits<std::int64_t>::max());
/// The order id, as a positional argument.
CLI::Option* add_id(CLI::App& command, const std::string& name, std::int64_t& target, const std::string& description);
CLI::Option* add_duration(CLI::App& command, const std::string& name, Milliseconds& target,
                          const std::string& description);
/// --wait of the verbs that need the application stopped.
CLI::Option* add_wait_for_members(CLI::App& command, Milliseconds& target);
/// 0 to 100, decimals allowed.
CLI::Option* add_percent(CLI::App& command, const std::string& name, double& target, const std::string& description);

/// Makes `command` run `function(context, *options)`.
template <class Options, class Function>
void on_run(CLI::App& command, Invocation& invocation, std::shared_ptr<Options> options, Function function) {
  command.callback([&invocation, options, function] {
    invocation.action = [options, function](Context& context) { return function(context, *options); };
  });
}
template <class Function>
void on_run(CLI::App& command, Invocation& invocation, Function function) {
  command.callback([&invocation, function] { invocation.action = function; });
}

}  // namespace orders::ctl
