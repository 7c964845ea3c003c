#include "database/postgres_client.h"

#include "base/heartbeat.h"

namespace orders::database {
namespace {

/// Of each host in the URL, and of its name, libpq has a limit; together they may take some time.
constexpr Milliseconds connecting_time = std::chrono::minutes{5};

}  // namespace

void PostgresClient::connect() {
  const heartbeat::Wait wait("connecting to PostgreSQL", connecting_time);
  connection_.reset();
  connection_.emplace(context_.address.conninfo, context_.watchdog, context_.timeouts.hung);
  context_.server_version = connection_->server_version();
}

// A connection that was idle may have died since: then nothing has been sent yet, and a new one is as good.
void PostgresClient::begin(std::optional<Transaction>& transaction, Transaction::Mode mode) {
  const bool reused = connection_ && connection_->usable();
  if (!reused) connect();
  try {
    transaction.emplace(*connection_, mode);
  } catch (const pqxx::broken_connection&) {
    if (!reused) throw;
    connect();
    transaction.emplace(*connection_, mode);
  }
}

Error PostgresClient::explain(const std::exception& exception, std::string_view what, Transaction::Mode mode,
                              Phase phase) const {
  if (phase == Phase::connecting) return connect_error(exception, context_.address);
  Error error = statement_error(exception, context_.address, what);
  const bool decided = error.error_class == ErrorClass::abort || error.error_class == ErrorClass::record;
  if (phase == Phase::committing && mode == Transaction::Mode::write && !decided) {
    error.error_class = ErrorClass::abort;
    error.message += ", in the middle of a commit: its outcome is unknown";
  }
  return error;
}

}  // namespace orders::database
