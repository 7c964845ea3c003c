// The table as the `state` commands ask it: through the daemon, or read from its folder. Both give the same documents.
//
// Which one: the daemon, unless --offline is given, or nobody listens at api.socket and the folder holds a table. Then
// a line on standard error says so. Never with api.url unasked: that daemon's folder is elsewhere. A folder is only
// read, and shows what was flushed last: all of it after a clean stop.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "ordersctl/context.h"
#include "table/table.h"

namespace orders::ctl {

class StateTable {
 public:
  virtual ~StateTable() = default;
  /// The documents of GET /api/orders/store…; from a folder with "lag": null and "offline": true.
  [[nodiscard]] virtual Result<std::string> get(order::OrderId id) = 0;
  [[nodiscard]] virtual Result<std::string> list(const std::string& after, std::int64_t limit,
                                                 const table::Filter& filter) = 0;
  [[nodiscard]] virtual Result<std::string> count(const table::Filter& filter, Milliseconds timeout) = 0;
  /// `with_ends`: a folder asks the broker where the topic ends; the daemon knows.
  [[nodiscard]] virtual Result<std::string> stats(bool with_ends) = 0;
};

[[nodiscard]] Result<std::unique_ptr<StateTable>> open_state(Context& context, bool offline);

/// <state.directory>/<application_id>/table
[[nodiscard]] Result<std::filesystem::path> table_folder(Context& context);
/// For reading, beside a daemon or without one. `not_found` when there is none.
[[nodiscard]] Result<table::Table> open_table(const std::filesystem::path& folder);
/// A file is nothing that is away: its troubles are failures (exit code 1), not those of a dependency (4).
[[nodiscard]] Error file_error(Error error);

}  // namespace orders::ctl
