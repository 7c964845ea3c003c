// Result<T>: a value, or an Error classed by what the caller does next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace orders {

/// What to do next; the table is under "Failures" in docs/failures.md. The first eight are the daemon's failure
/// classes; the rest are what a person at a prompt can mend (they map to ordersctl's exit codes).
enum class ErrorClass : std::uint8_t {
  wait,       ///< a dependency is away (broker, database, disk): back off, try again for ever
  denied,     ///< the broker answers, but does not let us (an ACL is missing): as `wait`, until somebody grants it
  abort,      ///< this transaction is lost: abort it, send the same unit again
  recreate,   ///< this client is lost or the outcome is unknown: destroy it, create it anew, ask what was committed
  record,     ///< this record can't be processed: dead letter, go on
  fenced,     ///< a twin runs under our identity: leave, exit code 10
  gap,        ///< data that we need is gone: stop this task or view, say what is missing
  bug,        ///< unclassified: replace the thread, a limited number of times
  invalid,    ///< wrong use or configuration (exit code 2)
  not_found,  ///< nothing there (exit code 3)
  refused,    ///< not without --execute, or not while the application runs (exit code 5)
};
inline constexpr std::size_t error_classes = 11;

[[nodiscard]] std::string_view to_string(ErrorClass error_class);
/// Somebody else ends it, some day: try again for ever, and say meanwhile why.
[[nodiscard]] constexpr bool is_waited_for(ErrorClass error_class) {
  return error_class == ErrorClass::wait || error_class == ErrorClass::denied;
}

/// `message` says what happened and where (file:line:column, topic/partition/offset, order id);
/// `hint`, where there is one, what to do about it. Neither ever holds a secret.
struct Error {
  ErrorClass error_class = ErrorClass::bug;
  std::string message;
  std::string hint;

  /// "message" or "message; hint".
  [[nodiscard]] std::string text() const;
};

template <class T = void>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorClass error_class, std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error{error_class, std::move(message), std::move(hint)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace orders
