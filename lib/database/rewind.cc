#include "database/rewind.h"

#include <algorithm>

namespace orders::database {
namespace {

/// A view under full load leaves a moment between two batches each time.
constexpr int most_tries = 100;

std::vector<Batch::Move> moves_to(std::span<const Position> targets, const std::vector<Position>& stored) {
  std::vector<Batch::Move> moves;
  for (const auto& target : targets) {
    const auto known = std::ranges::find(stored, target.partition, &Position::partition);
    const auto here = known == stored.end() ? 0 : known->next_offset;
    if (here != target.next_offset) moves.push_back({target.partition, here, target.next_offset});
  }
  return moves;
}

}  // namespace

Result<std::vector<Batch::Move>> set_positions(Session& session, std::span<const Position> targets,
                                               std::span<const std::int32_t> forgotten) {
  for (int tries = 1;; ++tries) {
    const auto stored = session.positions();
    if (!stored) return fail(stored.error());
    Batch batch;
    batch.moves = moves_to(targets, *stored);
    if (batch.moves.empty()) return batch.moves;
    for (const auto& move : batch.moves) {
      const bool forgets = std::ranges::find(forgotten, move.partition) != forgotten.end();
      if (forgets) batch.forgotten.push_back(move.partition);
    }
    auto applied = session.apply(batch);
    if (applied) return std::move(batch.moves);
    if (applied.error().error_class != ErrorClass::abort || tries == most_tries) return fail(applied.error());
  }
}

}  // namespace orders::database
