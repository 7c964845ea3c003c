#include <fmt/format.h>

#include <system_error>

#include "base/file.h"
#include "ordersctl/replay_reset.h"
#include "reset/join_reset.h"
#include "reset/table_reset.h"
#include "reset/view_plan.h"

namespace orders::ctl {
namespace {

Result<> ask_daemon(Context& context) {
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  auto response = (*daemon)->post("/api/views/table/rebuild", {}, "application/json", {});
  if (!response) return fail(std::move(response.error()));
  if (response->status != 202) return fail(problem_error(response->status, response->body));
  return {};
}

}  // namespace

/// Whoever holds the state folder's lock owns the table: a running daemon rebuilds it itself, else we delete it.
/// The state folder's, if no daemon holds it.
std::optional<FileLock> lock_of_stopped(const config::Config& config, const std::filesystem::path& folder) {
  std::error_code none;
  if (!config.api.url.empty() || !std::filesystem::exists(folder, none)) return std::nullopt;
  auto locked = FileLock::acquire(folder / "lock");
  if (!locked) return std::nullopt;
  return *std::move(locked);
}

Result<ExitCode> reset_table(Context& context, const ResetOptions& options) {
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  const auto folder = reset::state_folder(**config);
  const auto lock = lock_of_stopped(**config, folder);
  const auto topic = reset::look_at_orders(*connection, (*config)->topics.orders, std::nullopt, options.timeout);
  if (!topic) return fail(topic.error());
  const auto records = grouped(static_cast<std::uint64_t>(topic->records()));
  ShownPlan plan;
  plan.view = "table";
  plan.deletes = {(folder / "table").string()};
  plan.notes = {fmt::format("the table is built anew from {}, at most {} records; until then it shows what it has of "
                            "them, with its lag",
                            (*config)->topics.orders, records)};
  if (lock) {
    plan.where = fmt::format("the table of the stopped daemon in {}", folder.string());
    plan.then = "the next start builds the table";
    if (std::error_code none; !std::filesystem::exists(folder / "table", none)) plan.deletes.clear();
    return carry_out(context, options, plan, [&] { return reset::delete_table(folder); });
  }
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  if (auto listening = (*daemon)->listening(); !listening) return fail(listening.error());
  plan.where = "the table of the running daemon";
  plan.then = "ordersctl status shows how far it has come";
  return carry_out(context, options, plan, [&] { return ask_daemon(context); });
}

}  // namespace orders::ctl
