// PostgreSQL as a database of orders: its sessions and its schema.
#include "database/backends.h"
#include "database/migrations.h"
#include "database/postgres_rows.h"
#include "database/postgres_session.h"

namespace orders::database {
namespace {

/// "orders" as a number: whoever migrates holds this advisory lock.
constexpr std::int64_t migration_lock = 0x6f7264657273;

int found_version(Transaction& transaction) {
  const auto there = transaction.exec("SELECT to_regclass('ordersd_schema') IS NOT NULL");
  if (std::string_view(there[0][0].c_str()) != "t") return 0;
  return static_cast<int>(to_int64(transaction.exec("SELECT coalesce(max(version), 0) FROM ordersd_schema")[0][0]));
}

Error too_new(int found) {
  return {ErrorClass::invalid,
          "the schema is newer (version " + std::to_string(found) + ") than this program (version " +
              std::to_string(needed_version()) + ")",
          "upgrade it"};
}

/// One version, unless somebody was faster; true when it was done here.
Result<bool> apply_migration(Transaction& transaction, const Migration& migration) {
  // An index on a large table takes its time, and so does waiting for another who builds it.
  transaction.exec("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0");
  transaction.exec("SELECT pg_advisory_xact_lock($1)", migration_lock);
  const int found = found_version(transaction);
  if (found > needed_version()) return fail(too_new(found));
  if (found >= migration.version) return false;
  if (found == 0) {
    transaction.exec(
        "CREATE TABLE IF NOT EXISTS ordersd_schema (version int PRIMARY KEY, name text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())");
  }
  transaction.exec(migration.sql);
  transaction.exec("INSERT INTO ordersd_schema (version, name) VALUES ($1, $2)", migration.version,
                   std::string(migration.name));
  return true;
}

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(const Options& options, PostgresAddress address) {
    context_.address = std::move(address);
    context_.timeouts = options.timeouts;
    context_.application_id = options.application_id;
    context_.topic = options.topic;
    context_.missing_order = options.config.missing_order;
    migrating_.address = context_.address;
    migrating_.timeouts = options.timeouts;
    migrating_.timeouts.hung = std::chrono::hours{24};
  }

  std::unique_ptr<Session> session() override { return std::make_unique<PostgresSession>(context_); }

  Result<SchemaState> schema() override {
    PostgresClient client(context_);
    return client.call("reading the schema's version", Transaction::Mode::read,
                       [](Transaction& transaction) -> Result<SchemaState> {
                         return SchemaState{found_version(transaction), needed_version()};
                       });
  }

  Result<std::vector<int>> migrate() override {
    std::vector<int> applied;
    // Looked at first, because it takes fewer privileges than a migration.
    const auto state = schema();
    if (!state) return fail(state.error());
    if (state->found > state->needed) return fail(too_new(state->found));
    if (state->matches()) return applied;
    PostgresClient client(migrating_);
    for (const auto& migration : migrations()) {
      const auto done =
          client.call("migrating to version " + std::to_string(migration.version), Transaction::Mode::write,
                      [&](Transaction& transaction) { return apply_migration(transaction, migration); });
      if (!done) return fail(done.error());
      if (*done) applied.push_back(migration.version);
    }
    return applied;
  }

  std::string describe() const override {
    const int version = context_.server_version;
    const std::string name =
        version == 0 ? "PostgreSQL"
                     : "PostgreSQL " + std::to_string(version / 10'000) + "." + std::to_string(version % 10'000);
    return name + " at " + context_.address.shown;
  }

  void interrupt() override {
    context_.watchdog.interrupt();
    migrating_.watchdog.interrupt();
  }

 private:
  PostgresContext context_;
  PostgresContext migrating_;  ///< the same with more patience
};

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const Options& options) {
  auto address = parse_address(options.config.url, options.timeouts, "ordersd/" + options.application_id);
  if (!address) return fail(address.error());
  return std::make_unique<PostgresDatabase>(options, std::move(*address));
}

}  // namespace orders::database
