// A connection to PostgreSQL and its transactions as scopes. Private to the module: it shows libpqxx, and it throws.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "base/heartbeat.h"
#include "base/time.h"
#include "database/watchdog.h"

namespace orders::database {

/// What the server says unasked, such as a trigger's RAISE NOTICE with a row in it, goes to the log at `debug`. libpq
/// would write it to standard error as it is.
class Notices final : public pqxx::errorhandler {
 public:
  explicit Notices(pqxx::connection_base& connection) : errorhandler(connection) {}
  bool operator()(const char message[]) noexcept override;  ///< false: no other handler is asked
};

/// One thread. Never reconnects by itself: libpqxx 6's reactivation can run the rest of a transaction outside of it.
class Connection {
 public:
  /// Connects; throws.
  Connection(const std::string& conninfo, Watchdog& watchdog, Milliseconds hung);

  /// One statement with parameters ($1, …), or several without. Throws.
  template <class... Parameters>
  pqxx::result exec(const std::string& sql, Parameters&&... parameters) {
    const auto guard = watchdog_.guard(connection_.sock(), hung_);
    const heartbeat::Wait wait("waiting for PostgreSQL's answer", hung_);
    if constexpr (sizeof...(parameters) == 0) {
      return statements_->exec(sql);
    } else {
      return statements_->exec_params(sql, std::forward<Parameters>(parameters)...);
    }
  }

  [[nodiscard]] bool usable() const { return !broken_ && connection_.is_open(); }
  /// It is in a state that nobody knows: to be thrown away.
  void give_up() { broken_ = true; }
  [[nodiscard]] int server_version() const { return connection_.server_version(); }

 private:
  Watchdog& watchdog_;
  Milliseconds hung_;
  pqxx::connection connection_;
  Notices notices_;
  /// libpqxx's own transactions end at the first error, which leaves no way back to a savepoint; so BEGIN and COMMIT
  /// are plain statements here.
  std::optional<pqxx::nontransaction> statements_;
  bool broken_ = false;
};

/// From BEGIN to commit(); leaving the scope without it rolls back.
class Transaction {
 public:
  enum class Mode : unsigned char { write, read };  ///< read: one snapshot for all its statements
  Transaction(Connection& connection, Mode mode);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  template <class... Parameters>
  pqxx::result exec(const std::string& sql, Parameters&&... parameters) {
    return connection_.exec(sql, std::forward<Parameters>(parameters)...);
  }
  void commit();

 private:
  Connection& connection_;
  bool done_ = false;
};

/// A part of a transaction that can be taken back alone; leaving the scope without release() does so.
class Savepoint {
 public:
  explicit Savepoint(Transaction& transaction);
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  ~Savepoint();
  void release();

 private:
  Transaction& transaction_;
  bool done_ = false;
};

}  // namespace orders::database
