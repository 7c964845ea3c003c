// A session with PostgreSQL. Private to the module.
#pragma once

#include "database/database.h"
#include "database/postgres_client.h"

namespace orders::database {

class PostgresSession final : public Session {
 public:
  explicit PostgresSession(PostgresContext& context) : context_(context), client_(context) {}

  // postgres_intake.cc
  Result<std::vector<Saved>> save_new(std::span<const NewOrder> orders, std::string_view claimant) override;
  Result<std::vector<OutboxRow>> outbox(std::string_view claimant, std::size_t limit) override;
  Result<std::vector<std::string>> outbox_claimants(Milliseconds age) override;
  Result<std::uint64_t> outbox_claim(std::string_view from, std::string_view to) override;
  Result<> outbox_remove(std::span<const OrderId> ids) override;
  Result<std::uint64_t> outbox_depth() override;

  // postgres_apply.cc
  Result<std::vector<Position>> positions() override;
  Result<Applied> apply(const Batch& batch) override;

  // postgres_queries.cc
  Result<std::optional<OrderRow>> find(OrderId id) override;
  Result<std::vector<OrderRow>> list(const ListFilter& filter) override;
  Result<std::vector<StatusCount>> count_by_status() override;

 private:
  PostgresContext& context_;
  PostgresClient client_;
};

}  // namespace orders::database
