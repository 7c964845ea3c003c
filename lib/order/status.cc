#include "order/status.h"

#include <array>
#include <utility>

#include "base/bytes.h"

namespace orders::order {
namespace {

constexpr std::array<std::pair<std::string_view, Status>, 6> names{{
    {"NEW", Status::new_},
    {"ACCEPT", Status::accept},
    {"REJECT", Status::reject},
    {"CONFIRMED", Status::confirmed},
    {"REJECTED", Status::rejected},
    {"ROLLBACK", Status::rollback},
}};

}  // namespace

Status parse_status(std::string_view text) {
  for (const auto& [name, status] : names) {
    if (name == text) return status;
  }
  return Status::unknown;
}

std::string_view to_string(Status status) {
  for (const auto& [name, candidate] : names) {
    if (candidate == status) return name;
  }
  return "unknown";
}

StatusId status_id(std::string_view unknown) { return StatusId{fnv1a(unknown) | 1ull << 63}; }

Resolution resolve(Status payment, Status stock) {
  const bool payment_rejects = payment == Status::reject;
  const bool stock_rejects = stock == Status::reject;
  if (payment == Status::accept && stock == Status::accept) return {false, Status::confirmed, SourceChange::null};
  if (payment_rejects && stock_rejects) return {false, Status::rejected, SourceChange::keep};
  if (payment_rejects) return {false, Status::rollback, SourceChange::payment};
  if (stock_rejects) return {false, Status::rollback, SourceChange::inventory};
  return {.as_it_came = true};
}

}  // namespace orders::order
