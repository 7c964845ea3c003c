// Statuses and the decision of the saga.
#pragma once

#include <cstdint>
#include <string_view>

namespace orders::order {

enum class Status : std::uint8_t { new_, accept, reject, confirmed, rejected, rollback, unknown };

[[nodiscard]] Status parse_status(std::string_view text);
/// "NEW", "ACCEPT", …; "unknown" for unknown.
[[nodiscard]] std::string_view to_string(Status status);

/// A status as a number that tells it from any other, those that Status has no name for included. It is stored: the
/// numbers stay as they are.
enum class StatusId : std::uint64_t {};
[[nodiscard]] constexpr StatusId status_id(Status status) { return StatusId{static_cast<std::uint64_t>(status)}; }
/// Of a status that has no name here: a hash, which is above all that have one.
[[nodiscard]] StatusId status_id(std::string_view unknown);

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
