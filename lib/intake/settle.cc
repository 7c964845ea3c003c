#include "intake/settle.h"

#include <memory>

namespace orders::intake {

Plan make_plan(std::span<const Ledger::Doubt> doubts, const std::vector<bool>& in_table,
               std::span<const std::optional<database::OrderRow>> rows) {
  Plan plan;
  for (std::size_t i = 0; i < doubts.size(); ++i) {
    const auto& row = rows[i];
    if (in_table[i]) {
      plan.published.push_back(doubts[i].id);
    } else if (doubts[i].order) {
      plan.to_publish.push_back(doubts[i].order);
    } else if (!row) {
      plan.vanished.push_back(doubts[i].id);
    } else if (row->result_partition >= 0 || row->order.status != order::to_string(order::Status::new_)) {
      plan.published.push_back(doubts[i].id);
    } else {
      order::Order order = row->order;
      order.source.reset();
      plan.to_publish.push_back(std::make_shared<const order::Order>(std::move(order)));
    }
  }
  return plan;
}

Result<Plan> examine(std::span<const Ledger::Doubt> doubts, const PublishedCheck& is_published,
                     database::Session& session) {
  std::vector<OrderId> ids;
  for (const auto& doubt : doubts) ids.push_back(doubt.id);
  const auto in_table = is_published(ids);
  if (!in_table) return fail(in_table.error());
  if (in_table->size() != ids.size()) return fail(ErrorClass::bug, "the table answered for another number of orders");
  std::vector<std::optional<database::OrderRow>> rows(doubts.size());
  for (std::size_t i = 0; i < doubts.size(); ++i) {
    if ((*in_table)[i] || doubts[i].order) continue;
    auto row = session.find(ids[i]);
    if (!row) return fail(row.error());
    rows[i] = std::move(*row);
  }
  return make_plan(doubts, *in_table, rows);
}

}  // namespace orders::intake
