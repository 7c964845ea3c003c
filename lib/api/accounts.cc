#include "api/accounts.h"

namespace orders::api {

std::uint64_t waiting(const topology::Status& join) {
  std::uint64_t waiting = 0;
  for (const auto& worker : join.workers) {
    for (const auto& task : worker.tasks) {
      if (task.state == topology::TaskStatus::State::running) waiting += task.payment.waiting + task.stock.waiting;
    }
  }
  return waiting;
}

std::int64_t unaccounted(const topology::Status& join) {
  const auto& fates = join.fates;
  const auto fated = fates.joined + fates.unmatched + fates.late + fates.duplicate + fates.invalid + fates.skipped;
  return static_cast<std::int64_t>(fates.read - fated - waiting(join)) + fates.carried;
}

std::int64_t unaccounted(const view::ViewStatus& view) {
  return static_cast<std::int64_t>(view.read - view.applied - view.superseded - view.tombstone - view.missing -
                                   view.invalid - view.failed);
}

}  // namespace orders::api
