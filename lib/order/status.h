// Statuses and the decision of the saga.
#pragma once

#include <cstdint>
#include <string_view>

namespace orders::order {

enum class Status : std::uint8_t { new_, accept, reject, confirmed, rejected, rollback, unknown };

[[nodiscard]] Status parse_status(std::string_view text);
/// "NEW", "ACCEPT", …; "unknown" for unknown.
[[nodiscard]] std::string_view to_string(Status status);

/// How the result differs from the stock record.
enum class SourceChange : std::uint8_t { keep, null, payment, inventory };
struct Resolution {
  bool as_it_came = false;  ///< "anything else" of the contract: the stock record unchanged
  Status status = Status::unknown;
  SourceChange source = SourceChange::keep;
  friend bool operator==(const Resolution&, const Resolution&) = default;
};

/// ACCEPT+ACCEPT = CONFIRMED, source null; REJECT+REJECT = REJECTED, source of the stock record; one REJECT (whatever
/// the other is) = ROLLBACK with the source of whichever rejected; anything else: the stock record as it came.
[[nodiscard]] Resolution resolve(Status payment, Status stock);

}  // namespace orders::order
