// Which rows of the table are asked for, by what their values say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "table/row.h"

namespace orders::table {

/// What filters and lists look at; nothing for a member that is not there, or of another kind.
struct Members {
  std::optional<std::int64_t> customer_id;
  std::optional<std::string> status;
  std::optional<std::string> source;
};
/// Of a value that is no JSON object: none. Of a member that is there twice the last one counts.
[[nodiscard]] Members members_of(std::string_view value);

/// What is set must hold; nothing set: every row.
struct Filter {
  std::optional<std::string> status;
  std::optional<std::string> source;
  std::optional<std::int64_t> customer_id;
  std::optional<Timestamp> since;  ///< records that are not older

  [[nodiscard]] bool empty() const { return !status && !source && !customer_id && !since; }
  [[nodiscard]] bool wants(const TableRow& row) const;
};

}  // namespace orders::table
