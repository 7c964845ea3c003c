#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include "base/file.h"
#include "database/rewind.h"
#include "ordersctl/database.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/replay_reset.h"
#include "reset/join_reset.h"
#include "reset/view_plan.h"

namespace orders::ctl {
namespace {

/// The database view's positions, wherever they can be reached.
class Positions {
 public:
  virtual ~Positions() = default;
  [[nodiscard]] virtual Result<std::vector<database::Position>> read() = 0;
  /// By compare-and-set, beside a view that runs. Rows with a result of a `forgotten` partition forget its place.
  [[nodiscard]] virtual Result<> set(const std::vector<database::Position>& targets,
                                     const std::vector<std::int32_t>& forgotten) = 0;
  [[nodiscard]] virtual std::string where() const = 0;
};

/// PostgreSQL, or the embedded database of a stopped daemon.
class InDatabase final : public Positions {
 public:
  InDatabase(std::unique_ptr<database::Database> database, std::optional<FileLock> lock)
      : lock_(std::move(lock)), database_(std::move(database)), session_(database_->session()) {}
  Result<std::vector<database::Position>> read() override {
    return database::require_schema(*database_).and_then([&] { return session_->positions(); });
  }
  Result<> set(const std::vector<database::Position>& targets, const std::vector<std::int32_t>& forgotten) override {
    auto moved = database::set_positions(*session_, targets, forgotten);
    if (!moved) return fail(moved.error());
    return {};
  }
  std::string where() const override { return database_->describe(); }

 private:
  std::optional<FileLock> lock_;
  std::unique_ptr<database::Database> database_;
  std::unique_ptr<database::Session> session_;
};

/// The embedded database of a running daemon, which alone may open it.
class InDaemon final : public Positions {
 public:
  explicit InDaemon(Daemon& daemon) : daemon_(daemon) {}
  Result<std::vector<database::Position>> read() override {
    auto status = daemon_.get("/api/status", {});
    if (!status) return fail(std::move(status.error()));
    const auto views = raw_json::member(*status, "views").value_or("{}");
    const auto view = raw_json::member(views, "database").value_or("{}");
    std::vector<database::Position> positions;
    for (const auto partition : raw_json::elements(raw_json::member(view, "partitions").value_or("[]"))) {
      positions.push_back({static_cast<std::int32_t>(raw_json::integer(partition, "partition").value_or(0)),
                           raw_json::integer(partition, "next_offset").value_or(0)});
    }
    return positions;
  }
  Result<> set(const std::vector<database::Position>& targets, const std::vector<std::int32_t>& forgotten) override {
    for (const auto& target : targets) {
      const bool forgets = std::ranges::find(forgotten, target.partition) != forgotten.end();
      const auto query = api::query({{"partition", std::to_string(target.partition)},
                                     {"offset", std::to_string(target.next_offset)},
                                     {"forget_results", forgets ? "true" : "false"}});
      auto response = daemon_.post("/api/views/database/position" + query, {}, "application/json", {});
      if (!response) return fail(std::move(response.error()));
      if (response->status != 200) return fail(problem_error(response->status, response->body));
    }
    return {};
  }
  std::string where() const override { return "the embedded database of the running daemon"; }

 private:
  Daemon& daemon_;
};

Result<std::unique_ptr<Positions>> open_embedded(Context& context, const config::Config& config) {
  const auto folder = reset::state_folder(config);
  auto lock = config.api.url.empty() ? FileLock::acquire(folder / "lock")
                                     : Result<FileLock>(fail(ErrorClass::refused, "another machine's"));
  if (!lock) {
    auto daemon = context.daemon();
    if (!daemon) return fail(std::move(daemon.error()));
    return std::make_unique<InDaemon>(**daemon);
  }
  if (std::error_code none; !std::filesystem::exists(folder / "database", none))
    return fail(ErrorClass::not_found, fmt::format("there is no database in {}", folder.string()));
  database::Options options;
  options.config = config.database;
  options.application_id = config.application_id;
  options.topic = config.topics.orders;
  options.embedded_path = (folder / "database").string();
  auto database = database::open(options);
  if (!database) return fail(database.error());
  return std::make_unique<InDatabase>(*std::move(database), *std::move(lock));
}

/// Every row is looked at, by one statement.
constexpr database::Timeouts patient{.statement = std::chrono::hours{1}, .hung = std::chrono::hours{1}};

Result<std::unique_ptr<Positions>> open_positions(Context& context, const config::Config& config,
                                                  const ResetOptions& options) {
  if (config.database.backend == config::DatabaseBackend::none)
    return fail(ErrorClass::invalid, "database.backend is none: there is no database view");
  if (config.database.backend == config::DatabaseBackend::embedded) return open_embedded(context, config);
  auto database = open_database(context, options.forget_results ? patient : database::Timeouts{});
  if (!database) return fail(database.error());
  return std::make_unique<InDatabase>(*std::move(database), std::nullopt);
}

void place(reset::OrdersTopic& topic, const std::vector<database::Position>& positions) {
  for (auto& partition : topic.partitions) {
    const auto known = std::ranges::find(positions, partition.at.partition, &database::Position::partition);
    if (known != positions.end()) partition.position = known->next_offset;
  }
}

/// Those that were made anew: what rows remember of them is of the old topic.
std::vector<std::int32_t> made_anew(const std::vector<reset::Step>& steps) {
  std::vector<std::int32_t> partitions;
  for (const auto& step : steps) {
    if (step.from > step.marks.high) partitions.push_back(step.at.partition);
  }
  return partitions;
}

std::string forgetting(const std::string& topic, const std::vector<std::int32_t>& partitions) {
  if (partitions.empty()) return "no partition was made anew: no row forgets the offset of its result";
  std::string names;
  for (const auto partition : partitions) {
    names += (names.empty() ? "" : ", ") + kafka::TopicPartition{topic, partition}.text();
  }
  return fmt::format("rows whose result is of {} forget its offset, in the same transaction", names);
}

}  // namespace

Result<ExitCode> reset_database(Context& context, const ResetOptions& options) {
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  const auto target = target_of(options);
  if (!target) return fail(target.error());
  auto positions = open_positions(context, **config, options);
  if (!positions) return fail(positions.error());
  auto topic = reset::look_at_orders(*connection, (*config)->topics.orders, *target, options.timeout);
  if (!topic) return fail(topic.error());
  const auto stored = (*positions)->read();
  if (!stored) return fail(stored.error());
  place(*topic, *stored);
  auto steps = reset::plan_database(*topic, {.to = *target, .partitions = partitions_of(options)});
  if (!steps) return fail(steps.error());
  ShownPlan plan{.view = "database",
                 .where = (*positions)->where(),
                 .steps = *steps,
                 .deletes = {},
                 .notes = {},
                 .then = "the view reads on from there, within some seconds where it runs"};
  const auto forgotten = options.forget_results ? made_anew(*steps) : std::vector<std::int32_t>{};
  if (options.forget_results && !steps->empty()) plan.notes = {forgetting((*config)->topics.orders, forgotten)};
  return carry_out(context, options, plan, [&] {
    std::vector<database::Position> targets;
    for (const auto& step : *steps) targets.push_back({step.at.partition, step.to});
    return (*positions)->set(targets, forgotten);
  });
}

}  // namespace orders::ctl
