// Calls to PostgreSQL: connecting, the transaction around each, errors. Private to the module.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"
#include "database/postgres_address.h"
#include "database/postgres_connection.h"
#include "database/postgres_error.h"

namespace orders::database {

/// What the sessions of one database share.
struct PostgresContext {
  PostgresAddress address;
  Timeouts timeouts;
  std::string application_id;
  std::string topic;
  config::MissingOrder missing_order = config::MissingOrder::create;
  Watchdog watchdog;
  std::atomic<int> server_version = 0;  ///< 150003; 0: not connected yet
};

/// One connection at the most, made when it is needed. One thread.
class PostgresClient {
 public:
  explicit PostgresClient(PostgresContext& context) : context_(context) {}

  /// Runs `body(Transaction&)`, which returns a Result and may throw, in a transaction of its own: committed when the
  /// result is good. Exceptions end here. `what` is for the message: "applying".
  template <class Body>
  std::invoke_result_t<Body, Transaction&> call(std::string_view what, Transaction::Mode mode, Body&& body);

  [[nodiscard]] PostgresContext& context() { return context_; }

 private:
  enum class Phase : unsigned char { connecting, working, committing };
  void connect();
  void begin(std::optional<Transaction>& transaction, Transaction::Mode mode);
  [[nodiscard]] Error explain(const std::exception& exception, std::string_view what, Transaction::Mode mode,
                              Phase phase) const;

  PostgresContext& context_;
  std::optional<Connection> connection_;
};

template <class Body>
std::invoke_result_t<Body, Transaction&> PostgresClient::call(std::string_view what, Transaction::Mode mode,
                                                              Body&& body) {
  Phase phase = Phase::connecting;
  try {
    std::optional<Transaction> transaction;
    begin(transaction, mode);
    phase = Phase::working;
    auto result = body(*transaction);
    if (result) {
      phase = Phase::committing;
      transaction->commit();
    }
    return result;
  } catch (const std::exception& exception) {
    Error error = explain(exception, what, mode, phase);
    if (connection_ && error.error_class == ErrorClass::wait) connection_->give_up();
    return fail(std::move(error));
  }
}

}  // namespace orders::database
