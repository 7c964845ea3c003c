#include "database/postgres_connection.h"

#include <spdlog/spdlog.h>

namespace orders::database {

bool Notices::operator()(const char message[]) noexcept {
  spdlog::debug("PostgreSQL: {}", message);
  return false;
}

Connection::Connection(const std::string& conninfo, Watchdog& watchdog, Milliseconds hung)
    : watchdog_(watchdog), hung_(hung), connection_(conninfo), notices_(connection_) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  connection_.set_verbosity(pqxx::connection_base::terse);  // DETAIL holds rows' contents
  statements_.emplace(connection_);
}

Transaction::Transaction(Connection& connection, Mode mode) : connection_(connection) {
  connection_.exec(mode == Mode::write ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

Transaction::~Transaction() {
  if (done_ || !connection_.usable()) return;
  try {
    connection_.exec("ROLLBACK");
  } catch (const std::exception& e) {
    spdlog::debug("rolling back: {}", e.what());
    connection_.give_up();
  }
}

void Transaction::commit() {
  done_ = true;  // after a failed COMMIT there is nothing left to roll back
  try {
    connection_.exec("COMMIT");
  } catch (...) {
    connection_.give_up();
    throw;
  }
}

Savepoint::Savepoint(Transaction& transaction) : transaction_(transaction) { transaction_.exec("SAVEPOINT part"); }

Savepoint::~Savepoint() {
  if (done_) return;
  try {
    transaction_.exec("ROLLBACK TO SAVEPOINT part");
    transaction_.exec("RELEASE SAVEPOINT part");
  } catch (const std::exception& e) {
    spdlog::debug("rolling back to a savepoint: {}", e.what());  // every later statement will fail and say so
  }
}

void Savepoint::release() {
  transaction_.exec("RELEASE SAVEPOINT part");
  done_ = true;
}

}  // namespace orders::database
