#include "ordersctl/order_places.h"

#include <fmt/format.h>

#include <filesystem>

#include "database/json.h"
#include "ordersctl/database.h"
#include "table/json.h"
#include "table/table.h"

namespace orders::ctl {
namespace {

using State = Holding::State;

Holding unknown(std::string why) { return {State::unknown, {}, std::move(why)}; }

Holding ask_daemon(Context& context, const std::string& path) {
  auto daemon = context.daemon();
  if (!daemon) return unknown(daemon.error().message);
  auto body = (*daemon)->get(path, {}, "it");
  if (body) return {State::present, *std::move(body), {}};
  if (body.error().error_class == ErrorClass::not_found) return {State::absent, {}, {}};
  return unknown(body.error().message);
}

Holding ask_database(Context& context, order::OrderId id, const std::string& why_not_daemon) {
  auto database = open_database(context);
  if (!database) return unknown(database.error().message);
  if (*database == nullptr) return unknown(why_not_daemon);  // the embedded one is the daemon's alone
  auto row = (*database)->session()->find(id);
  if (!row) return unknown(fmt::format("{}; and {}", why_not_daemon, row.error().message));
  if (!*row) return {State::absent, {}, {}};
  return {State::present, database::row_json(**row), {}};
}

Holding ask_folder(const config::Config& config, order::OrderId id, const std::string& why_not_daemon) {
  const auto folder = std::filesystem::path(config.state.directory) / config.application_id / "table";
  std::error_code ignored;
  if (!std::filesystem::exists(folder, ignored)) {
    return unknown(fmt::format("{}; and {} is not there", why_not_daemon, folder.string()));
  }
  auto table = table::Table::open({.path = folder, .read_only = true});
  auto row = table ? table->get(id) : tl::unexpected(table.error());
  if (!row) return unknown(fmt::format("{}; and {}", why_not_daemon, row.error().message));
  if (!*row) return {State::absent, {}, {}};
  // As GET /api/orders/store/{id} answers, but for the lag, which nobody knows here.
  return {State::present, table::row_json(**row, ",\"lag\":null"), {}};
}

}  // namespace

Holding database_row(Context& context, order::OrderId id) {
  auto config = context.config();
  if (!config) return unknown(config.error().message);
  if ((*config)->database.backend == config::DatabaseBackend::none) {
    return {State::not_kept, {}, "database.backend is none: orders have no rows"};
  }
  auto row = ask_daemon(context, fmt::format("/api/orders/{}", id));
  return row.state == State::unknown ? ask_database(context, id, row.why) : row;
}

Holding table_row(Context& context, order::OrderId id) {
  auto config = context.config();
  if (!config) return unknown(config.error().message);
  auto row = ask_daemon(context, fmt::format("/api/orders/store/{}", id));
  return row.state == State::unknown ? ask_folder(**config, id, row.why) : row;
}

}  // namespace orders::ctl
