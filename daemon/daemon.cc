#include "daemon.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <thread>
#include <vector>

#include "base/heartbeat.h"
#include "base/log.h"
#include "published_check.h"
#include "topology_graph.h"

namespace orders::daemon {
namespace {

namespace fs = std::filesystem;

/// Of the six seconds in which requests that are under way are finished.
constexpr Milliseconds catalog_grace{3'000};
constexpr Milliseconds page_sample_interval{5'000};

view::ViewOptions view_options(const config::Config& config, const kafka::Connection& connection) {
  view::ViewOptions options;
  options.connection = connection;
  options.application_id = config.application_id;
  options.instance_id = config.instance_id;
  options.topic = config.topics.orders;
  options.dead_letter_topic = config.topics.dead_letter;
  options.key_format = config.topics.key_format;
  options.missing_order = config.database.missing_order;
  options.session_timeout = config.kafka.session_timeout;
  options.record_limit = config.limits.record;
  options.retry = {config.database.retry_initial, config.database.retry_multiplier, config.database.retry_max};
  options.retry_attempts = config.database.retry_attempts;
  return options;
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::start(const config::Config& config, bool embedded, Failed failed,
                                              Changes changes) {
  std::unique_ptr<Daemon> daemon(new Daemon(config));
  daemon->connection_ = {config.kafka.bootstrap_servers, config.kafka.properties, "ordersd-" + config.instance_id,
                         embedded};
  daemon->failed_ = std::move(failed);
  daemon->changes_ = std::move(changes);
  for (const auto step : {&Daemon::lock_state, &Daemon::open_database, &Daemon::start_views, &Daemon::start_intake,
                          &Daemon::start_join, &Daemon::start_api}) {
    heartbeat::beat("starting");
    if (auto done = ((*daemon).*step)(); !done) return fail(done.error());
  }
  return daemon;
}

std::function<void(const Error&)> Daemon::failure_of(std::string_view part) {
  return [this, part](const Error& error) { std::call_once(failed_once_, failed_, part, error); };
}

fs::path Daemon::state_folder() const { return fs::path(config_.state.directory) / config_.application_id; }

/// Two daemons on one state folder would each take the other's table for its own.
Result<> Daemon::lock_state() {
  const auto folder = state_folder();
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) {
    const bool for_good = problem == std::errc::permission_denied || problem == std::errc::not_a_directory ||
                          problem == std::errc::filename_too_long;
    return fail(for_good ? ErrorClass::invalid : ErrorClass::wait,
                fmt::format("can't make the state folder {}: {}", folder.string(), problem.message()),
                "state.directory must be writable for ordersd");
  }
  auto lock = FileLock::acquire(folder / "lock");
  if (!lock && lock.error().error_class == ErrorClass::refused) {
    return fail(ErrorClass::refused, fmt::format("another ordersd uses the state folder {}", folder.string()),
                "give each instance a state.directory and an instance_id of its own");
  }
  if (!lock) return fail(ErrorClass::wait, lock.error().message, "state.directory must be writable for ordersd");
  lock_.emplace(*std::move(lock));
  return {};
}

Result<> Daemon::open_database() {
  database::Options options;
  options.config = config_.database;
  options.application_id = config_.application_id;
  options.topic = config_.topics.orders;
  options.embedded_path = (state_folder() / "database").string();
  auto opened = database::open(options);
  if (!opened) return fail(opened.error());
  database_ = *std::move(opened);
  if (database_ == nullptr) return {};
  auto schema = database::require_schema(*database_);
  if (schema) return {};
  if (schema.error().error_class != ErrorClass::wait) return schema;
  spdlog::warn("{} is away, its view waits: {}", database_->describe(), schema.error().text());
  return {};
}

Result<> Daemon::start_views() {
  rocks_memory_ = rocks::share_memory(config_.state.memory, config_.state.cache);
  const auto options = view_options(config_, connection_);
  auto table_view_options = options;
  table_view_options.retry = {};
  auto table =
      view::TableView::start(table_view_options, {.path = state_folder() / "table", .shared_memory = rocks_memory_},
                             failure_of("the table"));
  if (!table) return fail(table.error());
  table_ = *std::move(table);
  if (database_ == nullptr) return {};
  auto rows = view::DatabaseView::start(options, *database_, failure_of("the database view"));
  if (!rows) return fail(rows.error());
  rows_ = *std::move(rows);
  return {};
}

Result<> Daemon::start_intake() {
  auto catalog = catalog::open(config_.catalog, failure_of("the catalog"));
  if (!catalog) return fail(catalog.error());
  catalog_ = *std::move(catalog);
  if (database_ == nullptr) return {};
  auto intake = intake::Intake::start({.connection = connection_,
                                       .application_id = config_.application_id,
                                       .instance_id = config_.instance_id,
                                       .topic = config_.topics.orders,
                                       .key_format = config_.topics.key_format,
                                       .transaction_timeout = config_.kafka.transaction_timeout,
                                       .failed = failure_of("the intake")},
                                      *database_, published_check(connection_, config_.topics.orders, *table_));
  if (!intake) return fail(intake.error());
  intake_ = *std::move(intake);
  return {};
}

Result<> Daemon::start_join() {
  join_ = std::make_unique<topology::Supervisor>(config_, connection_, rocks_memory_, failure_of("the join"));
  return {};
}

Result<> Daemon::start_api() {
  const auto table = [this] { return table_->table(); };
  queries_ = api::table_queries(table);
  lookups_ = std::make_unique<Lookups>(connection_, config_.topics, table);
  api::Services services;
  services.version = ORDERS_VERSION;
  services.application_id = config_.application_id;
  services.instance_id = config_.instance_id;
  services.started = wall_clock_now();
  services.join = [this] { return join_->status(); };
  services.waiting = [this](const topology::WaitingQuery& query) { return join_->waiting(query); };
  services.table_status = [this] { return table_->status(); };
  if (rows_) services.database_status = [this] { return rows_->status(); };
  services.topology = topology_graph(config_, connection_);
  services.configuration = changes_.configuration;
  services.log_levels = changes_.log_levels;
  services.rebuild_table = [this] { table_->rebuild(); };
  services.table = queries_.get();
  services.intake = intake_.get();
  services.catalog = catalog_.get();
  services.database = database_.get();
  const auto refusals = std::make_shared<api::Refusals>();
  services.refusals = refusals;
  const auto requests = std::make_shared<api::Requests>();
  services.requests = requests;
  services.looked_up = [this] { return lookups_->get(); };
  services.rocksdb_limit = config_.state.memory;
  services.page = {config_.topics, config_.join.late, config_.join.unmatched, config_.database.missing_order};
  services.history_interval = page_sample_interval;
  services_ = services;
  auto server =
      api::Server::start({.socket = config_.api.socket, .tcp = config_.api, .refusals = refusals, .requests = requests},
                         api::routes(services));
  if (!server) return fail(server.error());
  server_.emplace(*std::move(server));
  return {};
}

Daemon::~Daemon() {
  const heartbeat::Wait wait("waiting for the parts to end", heartbeat::slow_disk);
  if (catalog_) catalog_->finish_within(catalog_grace);
  server_.reset();
  // Each of them may have to wait for a broker or a database; together they have ten seconds.
  std::vector<std::jthread> stops;
  if (intake_) stops.emplace_back([this] { intake_->stop(); });
  if (join_) stops.emplace_back([this] { join_->stop(); });
  if (table_) stops.emplace_back([this] { table_->stop(); });
  if (rows_) stops.emplace_back([this] { rows_->stop(); });
  if (lookups_) stops.emplace_back([this] { lookups_->stop(); });
}

}  // namespace orders::daemon
