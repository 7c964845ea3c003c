// Moving the view's positions from outside, beside a view that runs.
#pragma once

#include <span>
#include <vector>

#include "database/database.h"

namespace orders::database {

/// Moves the positions to `targets`, all of them in one transaction or none, by the compare-and-set by which the view
/// moves them, so that neither overwrites the other: while the view is faster it is tried again. Returns the moves that
/// were made; none where all stood there already. The view reads on from there by itself; rows keep the offset of their
/// result, and an older one does not overwrite it, but for those of partitions that are `forgotten` and move: see Batch.
[[nodiscard]] Result<std::vector<Batch::Move>> set_positions(Session& session, std::span<const Position> targets,
                                                             std::span<const std::int32_t> forgotten = {});

}  // namespace orders::database
