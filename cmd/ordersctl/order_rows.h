// An order of the daemon's answers, as cells of a table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orders::ctl {

[[nodiscard]] std::vector<std::string> order_titles();
[[nodiscard]] std::vector<std::string> order_cells(std::string_view order);
/// One order in full: its members and where its newest known record stands, then its items.
[[nodiscard]] std::string order_text(std::string_view order, bool colour);

/// The timestamp of a row of the table, in UTC.
[[nodiscard]] std::string record_time(std::string_view row);

}  // namespace orders::ctl
