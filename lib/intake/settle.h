// Orders that may have been published by whoever owned an identity before: which are, and which are not.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "database/database.h"
#include "intake/intake.h"
#include "intake/ledger.h"
#include "intake/publisher.h"

namespace orders::intake {

/// What to do with each of some doubtful orders.
struct Plan {
  std::vector<OrderId> published;  ///< only the outbox row is to go
  std::vector<OrderPtr> to_publish;
  std::vector<OrderId> vanished;  ///< their orders are not in the database any more
};

/// `in_table` and `rows` are in the order of `doubts`; a row is only asked for where the order is not known. An order
/// that has a result was published, whatever the table says (the row may have been compacted away). Published as at
/// first: status NEW, source null.
[[nodiscard]] Plan make_plan(std::span<const Ledger::Doubt> doubts, const std::vector<bool>& in_table,
                             std::span<const std::optional<database::OrderRow>> rows);

/// Asks the table and the database, and makes the plan. Whoever calls must own the identity that the doubts belong to
/// since before the call: else somebody may publish one of them in the meantime.
[[nodiscard]] Result<Plan> examine(std::span<const Ledger::Doubt> doubts, const PublishedCheck& is_published,
                                   database::Session& session);

}  // namespace orders::intake
