// The daemon's parts as the API sees them, in memory.
#pragma once

#include <algorithm>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "api/router.h"
#include "api/routes.h"
#include "support/make_order.h"

namespace orders::api::test {

using intake::Accepted;
using nlohmann::json;
using order::OrderId;
using orders::test::make_order;

/// Accepts in memory; ids count from 2^60 + 1, which no double can hold.
class FakeIntake : public intake::Intake {
 public:
  static constexpr OrderId first_id = (OrderId{1} << 60) + 1;

  std::vector<std::future<Result<Accepted>>> submit(std::vector<intake::Request> requests) override {
    std::vector<std::future<Result<Accepted>>> futures;
    for (auto& request : requests) {
      std::promise<Result<Accepted>> promise;
      futures.push_back(promise.get_future());
      if (mode == Mode::hangs) {
        unanswered_.push_back(std::move(promise));
      } else {
        promise.set_value(accept(request));
      }
    }
    return futures;
  }
  intake::IntakeStatus status() const override { return status_; }
  void stop() override {}

  enum class Mode { publishes, broker_away, database_away, hangs, unknown, refuses } mode = Mode::publishes;
  std::vector<std::string> keys;
  intake::IntakeStatus status_;

 private:
  Result<Accepted> accept(intake::Request& request) {
    keys.push_back(request.idempotency_key);
    if (mode == Mode::database_away) return fail(ErrorClass::wait, "the database is away", "wait for it");
    if (mode == Mode::unknown) return fail(ErrorClass::recreate, "not known whether the order was saved: no answer");
    if (mode == Mode::refuses) return fail(ErrorClass::bug, "something odd");
    Accepted accepted;
    const auto known = by_key_.find(request.idempotency_key);
    accepted.existed = !request.idempotency_key.empty() && known != by_key_.end();
    accepted.order = accepted.existed ? known->second : make_order(first_id + static_cast<OrderId>(made_));
    accepted.published = mode == Mode::publishes;
    if (accepted.existed) return accepted;
    accepted.order.customer_id = request.customer_id;
    accepted.order.items = std::move(request.items);
    by_key_[request.idempotency_key] = accepted.order;
    if (accepted.published) {
      accepted.topic = "orders";
      accepted.partition = 3;
      accepted.offset = made_;
    }
    ++made_;
    return accepted;
  }

  std::vector<std::promise<Result<Accepted>>> unanswered_;
  std::map<std::string, order::Order> by_key_;
  int made_ = 0;
};

class FakeSession : public database::Session {
 public:
  struct Rows {
    std::map<OrderId, database::OrderRow> rows;
    bool away = false;
    int sessions = 0;
    std::optional<database::ListFilter> filter;
    std::map<std::int32_t, std::int64_t> positions;
    int moved_meanwhile = 0;  ///< how often the view is faster
    std::vector<std::int32_t> forgotten;
  };
  explicit FakeSession(Rows& rows) : rows_(rows) {}

  Result<std::optional<database::OrderRow>> find(OrderId id) override {
    if (rows_.away) return fail(ErrorClass::wait, "the database is away");
    const auto found = rows_.rows.find(id);
    if (found == rows_.rows.end()) return std::nullopt;
    return found->second;
  }
  Result<std::vector<database::OrderRow>> list(const database::ListFilter& filter) override {
    if (rows_.away) return fail(ErrorClass::wait, "the database is away");
    rows_.filter = filter;
    std::vector<database::OrderRow> page;
    for (const auto& [id, row] : rows_.rows) {
      if ((!filter.after || id > *filter.after) && page.size() < filter.limit) page.push_back(row);
    }
    return page;
  }
  Result<std::vector<StatusCount>> count_by_status() override {
    return std::vector<StatusCount>{{"NEW", 2}, {"odd\"status", 1}};
  }

  Result<std::vector<database::Saved>> save_new(std::span<const database::NewOrder>, std::string_view) override {
    return unused();
  }
  Result<std::vector<database::OutboxRow>> outbox(std::string_view, std::size_t) override { return unused(); }
  Result<std::vector<std::string>> outbox_claimants(Milliseconds) override { return unused(); }
  Result<std::uint64_t> outbox_claim(std::string_view, std::string_view) override { return unused(); }
  Result<> outbox_remove(std::span<const OrderId>) override { return unused(); }
  Result<std::uint64_t> outbox_depth() override { return unused(); }
  Result<std::vector<database::Position>> positions() override {
    if (rows_.away) return fail(ErrorClass::wait, "the database is away");
    std::vector<database::Position> found;
    for (const auto& [partition, next] : rows_.positions) found.push_back({partition, next});
    return found;
  }
  Result<database::Applied> apply(const database::Batch& batch) override {
    for (const auto& move : batch.moves) {
      if (rows_.moved_meanwhile > 0 && rows_.moved_meanwhile-- > 0) ++rows_.positions[move.partition];
      if (rows_.positions[move.partition] != move.expected) return fail(ErrorClass::abort, "not the expected position");
      rows_.positions[move.partition] = move.next;
    }
    rows_.forgotten = batch.forgotten;
    return database::Applied{};
  }

 private:
  static tl::unexpected<Error> unused() { return fail(ErrorClass::bug, "not the API's"); }
  Rows& rows_;
};

class FakeDatabase : public database::Database {
 public:
  std::unique_ptr<database::Session> session() override {
    ++rows.sessions;
    return std::make_unique<FakeSession>(rows);
  }
  Result<database::SchemaState> schema() override { return database::SchemaState{}; }
  Result<std::vector<int>> migrate() override { return std::vector<int>{}; }
  std::string describe() const override { return "a fake"; }
  FakeSession::Rows rows;
};

class FakeTable : public TableQueries {
 public:
  Result<std::optional<table::TableRow>> get(OrderId id) const override {
    const auto found = rows.find(id);
    if (found == rows.end()) return std::nullopt;
    return found->second;
  }
  std::optional<std::optional<table::TableRow>> peek(OrderId id) const override {
    if (!in_memory) return std::nullopt;
    return *get(id);
  }
  Result<table::Table::Page> list(std::optional<OrderId> after, std::size_t limit,
                                  const table::Filter& filter) const override {
    table::Table::Page page;
    for (const auto& [id, row] : rows) {
      if ((after && id <= *after) || !filter.wants(row)) continue;
      if (page.rows.size() == limit) {
        page.next = page.rows.back().id;
        break;
      }
      page.rows.push_back(row);
    }
    return page;
  }
  Result<std::uint64_t> count(const table::Filter& filter) const override {
    return static_cast<std::uint64_t>(
        std::count_if(rows.begin(), rows.end(), [&](const auto& row) { return filter.wants(row.second); }));
  }
  Result<table::TableStats> stats() const override {
    table::TableStats stats;
    stats.store.keys = rows.size();
    stats.store.levels = {{0, 2, 1'000}, {6, 1, 50'000}};
    stats.positions = {{0, 10, {}}, {1, 3, from_millis(1'700'000'000'000)}};
    return stats;
  }
  Result<> flush() const override {
    ++flushes;
    return {};
  }
  void put(OrderId id, std::string value) {
    rows[id] = table::TableRow{id, 2, id * 10, from_millis(1'700'000'000'123), std::move(value)};
  }
  std::map<OrderId, table::TableRow> rows;
  bool in_memory = true;
  mutable int flushes = 0;
};

}  // namespace orders::api::test
