// libpqxx's exceptions as our errors, classed by SQLSTATE.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "base/result.h"
#include "database/postgres_address.h"

namespace orders::database {

/// A server's or a connection's failure, without the row's contents: the sessions are terse, so DETAIL is never sent
/// on.
struct SqlFailure {
  std::string sqlstate;  ///< empty: not from the server; "08000": the connection was lost
  std::string message;   ///< one line
};
[[nodiscard]] SqlFailure to_failure(const std::exception& exception);

[[nodiscard]] ErrorClass classify(std::string_view sqlstate);
/// Is it the row's fault? 22 data, 23 constraint, 54 a limit, as an index key that is too long; and see breaks_rule().
[[nodiscard]] bool refuses_row(std::string_view sqlstate);
/// P0 a trigger's RAISE, 44 a view's check: somebody's rule, which may be another one soon.
[[nodiscard]] bool breaks_rule(std::string_view sqlstate);

/// While connecting: always `wait`, with what to do about it where that can be guessed from the server's words.
[[nodiscard]] Error connect_error(const std::exception& exception, const PostgresAddress& address);
[[nodiscard]] Error statement_error(const std::exception& exception, const PostgresAddress& address,
                                    std::string_view what);

}  // namespace orders::database
