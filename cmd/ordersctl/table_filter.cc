#include "ordersctl/table_filter.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "base/bytes.h"
#include "ordersctl/moment.h"

namespace orders::ctl {
void add_filter(CLI::App& command, table::Filter& filter) {
  command.add_option_function<std::string>(
             "--status", [&filter](const std::string& text) { filter.status = text; }, "Only orders of this status")
      ->type_name("STATUS");
  command.add_option_function<std::string>(
             "--customer",
             [&filter](const std::string& text) {
               filter.customer_id = parse_int64(text);
               if (!filter.customer_id)
                 throw CLI::ValidationError("--customer", fmt::format("'{}' is not a whole number", text));
             },
             "Only those of this customer")
      ->type_name("N");
  command.add_option_function<std::string>(
             "--source", [&filter](const std::string& text) { filter.source = text; },
             "Only those of this source: PAYMENT or INVENTORY, whichever rejected")
      ->type_name("SOURCE");
  add_moment(command, "--since", filter.since, "Only those whose record is not older: 2026-01-31T12:00:00Z, or -15m");
}

void add_offline(CLI::App& command, bool& offline) {
  command.add_flag("--offline", offline, "Read the table's folder, also where ordersd runs: what it flushed last");
}

}  // namespace orders::ctl
