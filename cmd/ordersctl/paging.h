// Lists that the daemon hands out page by page.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ordersctl/context.h"
#include "ordersctl/exit_code.h"

namespace orders::ctl {

struct ListRequest {
  std::string path;  ///< "/api/orders"
  /// A page's document, from wherever; none: the daemon's, of `path` and `filter`.
  std::function<Result<std::string>(const std::string& after, std::int64_t limit)> page = {};
  std::string member;  ///< of the answer that holds the elements: "orders"
  Pairs filter;
  std::int64_t limit = 100;
  std::string after;  ///< empty: from the first
  std::vector<std::string> titles;
  std::function<std::vector<std::string>(std::string_view)> row;  ///< an element's cells
};

/// Tells on standard error how far the table that answered is behind, where `body` has a "lag" that is not 0; not with
/// json, which shows it, and not of a table that was read offline.
void note_lag(const Context& context, std::string_view body);

/// Prints up to `limit` elements: json {"<member>":[…],"next":…} with what else the last page tells, ndjson one a line.
/// In a table's case a line on standard error tells how to go on if there are more.
[[nodiscard]] Result<ExitCode> print_list(Context& context, const ListRequest& request);
/// The same, and the last page's document in `last_page`.
[[nodiscard]] Result<ExitCode> print_list(Context& context, const ListRequest& request, std::string& last_page);

}  // namespace orders::ctl
