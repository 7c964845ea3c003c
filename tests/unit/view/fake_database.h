// A database that is not one, for the tests of its view.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "database/database.h"

namespace orders::view {

inline std::string order_json(order::OrderId id, std::string_view status) {
  return fmt::format(
      R"({{"orderId":{},"customerId":1,"status":"{}","source":null,"items":[{{"itemId":1,"productId":"p","quantity":1,"productPrice":1.50}}]}})",
      id, status);
}

/// A database in memory that keeps the contract of positions, and fails when it is told to.
class FakeDatabase : public database::Database {
 public:
  class Session : public database::Session {
   public:
    explicit Session(FakeDatabase& owner) : owner_(owner) {}
    Result<std::vector<database::Saved>> save_new(std::span<const database::NewOrder>, std::string_view) override {
      return {};
    }
    Result<std::vector<database::OutboxRow>> outbox(std::string_view, std::size_t) override { return {}; }
    Result<std::vector<std::string>> outbox_claimants(Milliseconds) override { return {}; }
    Result<std::uint64_t> outbox_claim(std::string_view, std::string_view) override { return 0; }
    Result<> outbox_remove(std::span<const order::OrderId>) override { return {}; }
    Result<std::uint64_t> outbox_depth() override { return 0; }
    Result<std::vector<database::Position>> positions() override { return owner_.positions(); }
    Result<database::Applied> apply(const database::Batch& batch) override { return owner_.apply(batch); }
    Result<std::optional<database::OrderRow>> find(order::OrderId) override { return std::nullopt; }
    Result<std::vector<database::OrderRow>> list(const database::ListFilter&) override { return {}; }
    Result<std::vector<StatusCount>> count_by_status() override { return {}; }

   private:
    FakeDatabase& owner_;
  };

  std::unique_ptr<database::Session> session() override {
    std::lock_guard lock(mutex_);
    ++sessions;
    return std::make_unique<Session>(*this);
  }
  Result<database::SchemaState> schema() override {
    std::lock_guard lock(mutex_);
    return database::SchemaState{schema_found, 1};
  }
  Result<std::vector<int>> migrate() override { return {}; }
  std::string describe() const override { return "a fake"; }

  Result<std::vector<database::Position>> positions() {
    std::lock_guard lock(mutex_);
    if (away) return fail(*away);
    std::vector<database::Position> found;
    for (const auto& [partition, next] : next_) found.push_back({partition, next});
    return found;
  }

  Result<database::Applied> apply(const database::Batch& batch) {
    std::lock_guard lock(mutex_);
    ++batches;
    if (away) return fail(*away);
    if (batch.changes.size() > most) return fail(ErrorClass::wait, "canceling statement due to statement timeout");
    if (!errors.empty()) {
      auto error = errors.front();
      errors.pop_front();
      return fail(std::move(error));
    }
    for (const auto& move : batch.moves) {
      if (next_[move.partition] != move.expected) return fail(ErrorClass::abort, "not the expected position");
    }
    database::Applied applied;
    for (std::size_t i = 0; i < batch.changes.size(); ++i) {
      const auto& change = batch.changes[i];
      if (change.order_id == locked) return fail(ErrorClass::abort, "the row is locked");
      if (change.order_id == refused) {
        applied.refused.push_back({i, "value out of range"});
      } else if (change.order_id == against_a_rule || frozen) {
        applied.refused.push_back({i, "not today", true});
      } else if (change.order_id == missing) {
        applied.missing.push_back(i);
      } else {
        ++applied.applied;
      }
    }
    if (auto ready = batch.before_commit(applied); !ready) return fail(ready.error());
    for (const auto& change : batch.changes) {
      if (change.order_id == refused || change.order_id == missing || change.order_id == against_a_rule) continue;
      seen_.emplace_back(change.partition, change.offset);
      statuses_[change.order_id] = change.order.status;
    }
    for (const auto& move : batch.moves) next_[move.partition] = move.next;
    if (lost_answers > 0) {
      --lost_answers;
      return fail(ErrorClass::abort, "the connection was lost in the middle of a commit: its outcome is unknown");
    }
    largest = std::max(largest, batch.changes.size());
    return applied;
  }

  void set(auto change) {
    std::lock_guard lock(mutex_);
    change();
  }
  std::map<order::OrderId, std::string> statuses() {
    std::lock_guard lock(mutex_);
    return statuses_;
  }
  /// (partition, offset) of everything applied, in the order in which it was.
  std::vector<std::pair<std::int32_t, std::int64_t>> seen() {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  std::map<std::int32_t, std::int64_t> next() {
    std::lock_guard lock(mutex_);
    return next_;
  }

  // Under set() while a view runs.
  int schema_found = 1;
  std::optional<Error> away;
  std::deque<Error> errors;  ///< of the next batches
  order::OrderId refused = -1, missing = -1, locked = -1;
  order::OrderId against_a_rule = -1;  ///< refused, but that may pass
  bool frozen = false;                 ///< all are against a rule
  std::size_t most = 1'000'000;        ///< changes that a batch may have, else it takes too long
  int lost_answers = 0;                ///< of commits that were done
  std::map<std::int32_t, std::int64_t> next_;
  int batches = 0;
  int sessions = 0;
  std::size_t largest = 0;

 private:
  std::mutex mutex_;
  std::map<order::OrderId, std::string> statuses_;
  std::vector<std::pair<std::int32_t, std::int64_t>> seen_;
};

}  // namespace orders::view
