// A session with the embedded database. Private to the module.
#pragma once

#include "database/database.h"
#include "database/embedded_store.h"

namespace orders::database {

class EmbeddedSession final : public Session {
 public:
  explicit EmbeddedSession(EmbeddedStore& store) : store_(store) {}

  // embedded_intake.cc
  Result<std::vector<Saved>> save_new(std::span<const NewOrder> orders, std::string_view claimant) override;
  Result<std::vector<OutboxRow>> outbox(std::string_view claimant, std::size_t limit) override;
  Result<std::vector<std::string>> outbox_claimants(Milliseconds age) override;
  Result<std::uint64_t> outbox_claim(std::string_view from, std::string_view to) override;
  Result<> outbox_remove(std::span<const OrderId> ids) override;
  Result<std::uint64_t> outbox_depth() override;

  // embedded_apply.cc
  Result<std::vector<Position>> positions() override;
  Result<Applied> apply(const Batch& batch) override;

  // embedded_queries.cc
  Result<std::optional<OrderRow>> find(OrderId id) override;
  Result<std::vector<OrderRow>> list(const ListFilter& filter) override;
  Result<std::vector<StatusCount>> count_by_status() override;

 private:
  EmbeddedStore& store_;
};

/// The order's row, if it is there.
[[nodiscard]] Result<std::optional<OrderRow>> read_row(const EmbeddedStore& owner, const rocks::Store& store,
                                                       OrderId id);
/// Writes a row that was not there, with its index entries; items in the order of their ids, as PostgreSQL gives them.
void insert_row(rocks::Batch& batch, OrderRow row);

}  // namespace orders::database
