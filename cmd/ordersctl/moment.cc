#include "ordersctl/moment.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/moment.h"

namespace orders::ctl {

CLI::Option* add_moment(CLI::App& command, const std::string& name, std::optional<Timestamp>& target,
                        const std::string& description) {
  return command
      .add_option_function<std::string>(
          name,
          [name, &target](const std::string& text) {
            target = parse_moment(text, wall_clock_now());
            if (target) return;
            throw CLI::ValidationError(name,
                                       fmt::format("'{}' is no time: 2026-01-31T12:00:00Z (UTC), or -15m: so long ago",
                                                   printable(text)));
          },
          description)
      ->type_name("TIME");
}

}  // namespace orders::ctl
